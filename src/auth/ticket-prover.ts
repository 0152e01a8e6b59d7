import type { Identity, Scope } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Proof } from "./proof.ts";
import type { StoredTokens } from "./stored-tokens.ts";
import type { Ticket, Tickets } from "./tickets.ts";

/** Proves who has a ticket: no more than a viewer of its organisation, for as long as whom it was made for counts. */
export class TicketProver {
  readonly #tickets: Tickets;
  readonly #tokens: StoredTokens;

  constructor(tickets: Tickets, tokens: StoredTokens) {
    this.#tickets = tickets;
    this.#tokens = tokens;
  }

  /** Throws Unauthenticated. */
  proveTicket(text: string): Awaitable<Proof> {
    const ticket = this.#tickets.read(text);
    const { tokenId, featureKeys } = ticket;
    if (tokenId === undefined) {
      return new TicketProof(ticket, { orgIds: undefined, featureKeys }, undefined);
    }
    return whenReady(this.#tokens.proveId(tokenId), (proof) => new TicketProof(ticket, proof.identity.scope, proof));
  }
}

class TicketProof implements Proof {
  readonly identity: Identity;
  readonly source: string;
  readonly tokenId: string | undefined;
  readonly expiresAt: number;
  readonly #owner: Proof | undefined;

  /** `scope` is that of its owner. */
  constructor({ orgId, name, expiresAt, tokenId }: Ticket, { orgIds, featureKeys }: Scope, owner: Proof | undefined) {
    const own = new Set(orgIds === undefined || orgIds.has(orgId) ? [orgId] : []);
    this.identity = Object.freeze({ name, role: "viewer", scope: { orgIds: own, featureKeys } });
    this.source = `ticket of ${name} for ${orgId}`;
    this.tokenId = tokenId;
    this.expiresAt = Math.min(expiresAt, owner?.expiresAt ?? Number.POSITIVE_INFINITY);
    this.#owner = owner;
  }

  holds(now: number): boolean {
    return now < this.expiresAt && (this.#owner?.holds(now) ?? true);
  }
}
