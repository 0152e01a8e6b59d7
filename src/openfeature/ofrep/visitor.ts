import type { Scope } from "../../domain/access.ts";
import type { Awaitable } from "../../domain/awaitable.ts";
import type { HttpRequest } from "../../transcoding/body.ts";

/** Somebody who asks and is known. */
export interface Visitor {
  /** Whom and what they may see. */
  readonly scope: Scope;
  /** Throws `PERMISSION_DENIED` where what is asked for is not in the scope. */
  requireNamed(orgId: string, featureKey?: string): void;
  /** What lets the same one in to the events of an organisation without a header; undefined where there is no such thing. */
  ticketFor(orgId: string): string | undefined;
  /** Ends a stream when the visitor may have it no more; calls nothing after what is returned is called. */
  follow(stream: { end(reason: Error): void }): () => void;
}

/** Finds out who asks; undefined for somebody who need not be known. Throws Unauthenticated, `UNAVAILABLE` and others. */
export interface Visitors {
  /** Whether somebody who is not known may ask for anything at all. */
  readonly areAllKnown: boolean;
  /** Who makes a request, by its headers and its connection, or by a ticket of `Visitor.ticketFor`. */
  of(request: HttpRequest, ticket?: string): Awaitable<Visitor | undefined>;
}
