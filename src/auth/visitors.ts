import type { Scope } from "../domain/access.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Access } from "./access.ts";
import type { LiveStream, LiveStreams } from "./live-streams.ts";
import { requireNamed } from "./permission.ts";
import type { Credentials, Proof } from "./proof.ts";
import { feature, organisation } from "./rule.ts";
import type { Tickets } from "./tickets.ts";

/** Lets in who asks to see flags by what is no procedure. */
export class VisitorDesk {
  readonly #access: Access;
  readonly #streams: LiveStreams;
  readonly #tickets: Tickets;

  constructor(access: Access, streams: LiveStreams, tickets: Tickets) {
    this.#access = access;
    this.#streams = streams;
    this.#tickets = tickets;
  }

  /** Who asks; undefined for somebody who need not be known. Throws as `Access.admit` does. */
  of(credentials: Credentials): Awaitable<KnownVisitor | undefined> {
    return whenReady(
      this.#access.admit(credentials, "viewer"),
      (proof) => proof && new KnownVisitor(credentials, proof, this.#streams, this.#tickets),
    );
  }
}

/** Somebody who asks to see flags. */
export class KnownVisitor {
  readonly #credentials: Credentials;
  readonly #proof: Proof;
  readonly #streams: LiveStreams;
  readonly #tickets: Tickets;

  constructor(credentials: Credentials, proof: Proof, streams: LiveStreams, tickets: Tickets) {
    this.#credentials = credentials;
    this.#proof = proof;
    this.#streams = streams;
    this.#tickets = tickets;
  }

  get scope(): Scope {
    return this.#proof.identity.scope;
  }

  /** Throws `PERMISSION_DENIED` where what is asked for is not in the scope. */
  requireNamed(orgId: string, featureKey?: string): void {
    requireNamed(this.scope, [organisation(orgId, "context"), feature(featureKey, "key")]);
  }

  /** What lets the same one in to the events of an organisation; see Tickets. */
  ticketFor(orgId: string): string | undefined {
    return this.#tickets.make(this.#proof, orgId);
  }

  /** Ends a stream when the visitor may have it no more, until what is returned is called. */
  follow(stream: LiveStream): () => void {
    const admission = this.#streams.admit(this.#credentials, this.#proof, stream);
    return () => admission.close();
  }
}
