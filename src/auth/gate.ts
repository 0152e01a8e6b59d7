import type { HandlerContext } from "@connectrpc/connect";
import type { Awaitable } from "../domain/awaitable.ts";
import type { Change } from "../domain/change.ts";
import type { TokenLookup, TokenUse } from "../domain/token.ts";
import type { Guard } from "../rpc/guard.ts";
import type { Logger } from "../rpc/logger.ts";
import type { RateLimiter } from "../rpc/rate-limiter.ts";
import { Access, type AuthMode } from "./access.ts";
import { accessGuard } from "./access-guard.ts";
import { AnyAuthenticator } from "./authenticator.ts";
import { findKeyIn } from "./jwt/jwt-keys.ts";
import type { JwtOptions } from "./jwt/jwt-options.ts";
import { Jwts } from "./jwt/jwts.ts";
import { LiveStreams } from "./live-streams.ts";
import type { FlagdOrganisations } from "./openfeature-rules.ts";
import { pageAccess } from "./page-access.ts";
import { createRequireRevertible } from "./permission.ts";
import type { Credentials } from "./proof.ts";
import { Rules } from "./rules.ts";
import { StoredTokens } from "./stored-tokens.ts";
import { TicketProver } from "./ticket-prover.ts";
import { Tickets } from "./tickets.ts";
import { UseNotes } from "./use-notes.ts";
import { VisitorDesk } from "./visitors.ts";

/** What tells who may come in. */
export interface GateOptions {
  readonly mode: Exclude<AuthMode, "public">;
  /** Without it no JSON Web Tokens count. */
  readonly jwt: JwtOptions | undefined;
  /** What tickets are signed with. */
  readonly ticketKey: Uint8Array;
  readonly tokens: TokenLookup & { noteTokenUses(uses: readonly TokenUse[]): Promise<void> };
  /** The time, in milliseconds since 1970, UTC. */
  readonly clock: () => number;
  readonly flagdOrganisations: FlagdOrganisations;
  /** A change by its revision; rejects with `NOT_FOUND`. */
  readonly changeOf: (revision: number) => Promise<Change>;
  readonly certificateNameOf: (context: HandlerContext) => string | undefined;
  /** Counts what is asked by whoever has proven a name. */
  readonly perIdentity?: RateLimiter | undefined;
  readonly logger: Pick<Logger, "warn">;
}

/** Everything between who calls and what they may have. */
export interface Gate {
  /** Stands before every procedure. */
  readonly guard: Guard;
  /** The same for what is no procedure. */
  readonly visitors: VisitorDesk;
  /** Stands before pages; see `pageAccess`. */
  readonly admitToPages: (credentials: Credentials) => Awaitable<void>;
  /** Stands before the metrics, which are of all there is. */
  readonly admitToMetrics: (credentials: Credentials) => Awaitable<void>;
  /** Has written what is still to be noted of tokens. */
  close(): Promise<void>;
}

const ofAll = "the figures are of all there is";

/** Puts together what lets people in. Throws JwtKeyFileError for a file of keys that can't be used. */
export function createGate(options: GateOptions): Gate {
  const { mode, tokens, clock, flagdOrganisations, changeOf, certificateNameOf, perIdentity, logger } = options;
  const uses = new UseNotes(
    (noted) => tokens.noteTokenUses(noted),
    (err) => logger.warn({ err }, "when tokens were used could not be noted"),
  );
  const stored = new StoredTokens(tokens, uses, clock);
  const tickets = new Tickets(options.ticketKey, clock);
  const provers = { tokens: stored, jwts: jwtsOf(options), tickets: new TicketProver(tickets, stored) };
  const access = new Access(mode, new AnyAuthenticator(provers), perIdentity);
  const streams = new LiveStreams(access, clock, () => tokens.tokenVersion());
  const rules = new Rules({ flagdOrganisations, requireRevertible: createRequireRevertible(changeOf) });
  const guard = accessGuard({ rules, access, streams, certificateNameOf });
  return {
    guard,
    visitors: new VisitorDesk(access, streams, tickets),
    admitToPages: pageAccess(access),
    admitToMetrics: pageAccess(access, { allOrganisations: ofAll, allFeatures: ofAll }),
    close: () => uses.close(),
  };
}

function jwtsOf({ jwt, clock, logger }: GateOptions): Jwts | undefined {
  const onBadFile = (err: Error) => logger.warn({ err }, "the file of JWT keys can't be read; the last keys count");
  return jwt && new Jwts(jwt, findKeyIn(jwt, { onBadFile }), clock);
}
