import { createHmac, timingSafeEqual } from "node:crypto";
import type { Scope } from "../domain/access.ts";
import { Unauthenticated } from "../rpc/unauthenticated.ts";
import type { Proof } from "./proof.ts";

/** What a ticket says: who may hear of the changes that reach one organisation, and until when. */
export interface Ticket {
  readonly orgId: string;
  /** In milliseconds since 1970, UTC. */
  readonly expiresAt: number;
  /** The id of the token or certificate that it was made for: that still has to count. */
  readonly tokenId: string | undefined;
  readonly name: string;
  readonly featureKeys: Scope["featureKeys"];
}

/** A ticket as JSON. */
interface Payload {
  readonly o: string;
  readonly e: number;
  readonly t?: string | undefined;
  readonly n: string;
  readonly f?: readonly string[] | undefined;
}

// A ticket lasts for one to two of these: for as long as one begins, all that are made for the same are the same.
const periodMs = 12 * 3_600_000;
// What is longer is no part of a URL.
const maxLength = 4096;

/**
 * Makes and reads tickets: short-lived texts for URLs of event streams, since browsers' `EventSource` sends no headers.
 * They are signed with a key of the database, so that every process on it takes them, and let nobody do more than listen
 * for one organisation.
 */
export class Tickets {
  readonly #key: Uint8Array;
  readonly #clock: () => number;

  constructor(key: Uint8Array, clock: () => number) {
    this.#key = key;
    this.#clock = clock;
  }

  /** Makes a ticket for somebody; undefined where it would be too long. */
  make({ identity, tokenId, expiresAt }: Proof, orgId: string): string | undefined {
    const { name, scope } = identity;
    const period = Math.floor(this.#clock() / periodMs);
    const payload: Payload = {
      o: orgId,
      e: Math.min(expiresAt, (period + 2) * periodMs),
      t: tokenId,
      n: name,
      // Those of a token are read again.
      f: tokenId === undefined && scope.featureKeys !== undefined ? [...scope.featureKeys] : undefined,
    };
    const text = Buffer.from(JSON.stringify(payload)).toString("base64url");
    const ticket = `${text}.${this.#sign(text).toString("base64url")}`;
    return ticket.length > maxLength ? undefined : ticket;
  }

  /** Reads a ticket; throws Unauthenticated. */
  read(ticket: string): Ticket {
    const [text = "", signature = "", ...rest] = ticket.split(".");
    const expected = this.#sign(text);
    const given = Buffer.from(signature, "base64url");
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Unauthenticated("the ticket is none that this service has made", "invalid");
    }
    // Nobody else signs.
    const payload: Payload = JSON.parse(Buffer.from(text, "base64url").toString());
    if (this.#clock() >= payload.e) {
      throw new Unauthenticated("the ticket has expired: evaluate again for another one", "invalid");
    }
    const featureKeys = payload.f && new Set(payload.f);
    return { orgId: payload.o, expiresAt: payload.e, tokenId: payload.t, name: payload.n, featureKeys };
  }

  #sign(text: string): Buffer {
    return createHmac("sha256", this.#key).update(`events ticket\n${text}`).digest();
  }
}
