import type { Flags } from "../flags/flags.ts";
import type { ServiceState } from "../observability/service-metrics.ts";
import type { HealthState } from "../rpc/health.ts";
import type { Server } from "../server/server.ts";
import { defaultMaxWaitingWrites, type SqliteStore } from "../storage/sqlite/store.ts";
import type { AppConfig } from "./app-config.ts";

/** What metrics are read from. */
export interface MeasuredParts {
  readonly store: SqliteStore;
  readonly flags: Flags;
  readonly server: Server;
  readonly health: HealthState;
}

/** Says how the service is doing now. */
export function stateOf({ store, flags, health, server }: MeasuredParts, { limits }: AppConfig): ServiceState {
  const { revision, residentOrganisations, mapReads, watchers } = flags;
  const writes = { waiting: store.waitingWrites, maxWaiting: limits?.maxWaitingWrites ?? defaultMaxWaitingWrites };
  const isReady = health.isServing && store.isSound;
  return {
    revision,
    residentOrganisations,
    mapReads,
    watchers,
    writes,
    isReady,
    certificateEnd: server.certificateEnd,
  };
}
