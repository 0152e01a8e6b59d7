import type { AuthMode } from "../auth/access.ts";
import type { JwtOptions } from "../auth/jwt/jwt-options.ts";
import type { HistoryRetention } from "../domain/change.ts";
import type { CatalogueMode } from "../domain/feature.ts";
import type { ObservabilityOptions } from "../observability/observability.ts";
import type { OrgFrom } from "../openfeature/evaluation-context.ts";
import type { Rate } from "../rpc/rate-limiter.ts";
import type { AdminAddress } from "../server/admin-server.ts";
import type { Limits } from "../server/limits.ts";
import type { TlsOptions } from "../server/tls-files.ts";

/** Everything that can be set. */
export interface AppConfig extends ObservabilityOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  readonly databaseFile: string;
  readonly catalogue: CatalogueMode;
  /** How many organisations stay in memory, at least 1. */
  readonly maxResidentOrganisations: number;
  /** Origins whose pages may read and write; with `*` those of every one may read. */
  readonly corsOrigins: readonly string[];
  /** Which changes are kept. */
  readonly historyRetention: HistoryRetention;
  /** What of an OpenFeature context names the organisation where both are there. */
  readonly orgFrom: OrgFrom;
  /** Who has to say who they are: nobody, who writes, or everybody. */
  readonly auth: AuthMode;
  /** Whose JSON Web Tokens count beside tokens of our own. */
  readonly jwt?: JwtOptions | undefined;
  /** Whether to fill a database without overrides with the organisations of the API document. */
  readonly demo: boolean;
  /** With it the port speaks TLS and nothing else. */
  readonly tls?: TlsOptions | undefined;
  /** What one client may ask, where that is other than the defaults. */
  readonly limits?: AppLimits | undefined;
  readonly rateLimits?: RateLimits | undefined;
  /** Host names that requests may be for, besides addresses and localhost; without it, or with `*`, any. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Addresses and networks of proxies whose word is taken for the addresses of their clients. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Where metrics and probes are served besides; without it `/metrics` is on the service's own port. */
  readonly adminAddress: AdminAddress | undefined;
}

/** The limits of the server, and of what stands behind it. */
export interface AppLimits extends Partial<Limits> {
  /** How many writes may wait for the disk. */
  readonly maxWaitingWrites?: number;
}

/** How often somebody may ask; without one, as often as they like. */
export interface RateLimits {
  /** Of an IPv6 address its /64 network. */
  readonly perAddress?: Rate | undefined;
  /** Of those who have proven a name; the others count by address alone. */
  readonly perIdentity?: Rate | undefined;
}
