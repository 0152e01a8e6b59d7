import { counter, gauge, type Metric, maximum, only } from "./metric.ts";

/** What the service holds and has done, as it is when somebody looks. */
export interface ServiceState {
  readonly revision: number;
  readonly residentOrganisations: number;
  /** Reads of organisations that memory answered, and those for which the store was asked. */
  readonly mapReads: { readonly hits: number; readonly misses: number };
  /** Watches of changes that are open. */
  readonly watchers: number;
  /** Writes that wait for the disk, and how many may. */
  readonly writes: { readonly waiting: number; readonly maxWaiting: number };
  readonly isReady: boolean;
  /** When the certificate in use ends, in milliseconds since 1970; undefined without TLS. */
  readonly certificateEnd: number | undefined;
}

const readyName = "orgflags_ready";

/** Whether a process whose metrics these are takes requests. */
export function isReadyBy(metrics: readonly Metric[]): boolean {
  return metrics.some(({ name, samples }) => name === readyName && samples.some(({ value }) => value > 0));
}

/** The metrics of a state. */
export function stateMetrics(state: ServiceState): readonly Metric[] {
  const { mapReads, writes } = state;
  return [
    maximum("orgflags_revision", "The last revision that answers include.", only(state.revision)),
    gauge("orgflags_resident_organisations", "Organisations in memory.", only(state.residentOrganisations)),
    counter("orgflags_map_reads_total", "Reads of organisations: answered from memory (hit), or by the store (miss).", [
      { labels: { result: "hit" }, value: mapReads.hits },
      { labels: { result: "miss" }, value: mapReads.misses },
    ]),
    gauge("orgflags_watchers", "Watches of changes that are open.", only(state.watchers)),
    gauge("orgflags_write_queue_length", "Writes that wait for the disk.", only(writes.waiting)),
    gauge("orgflags_write_queue_limit", "Writes that may wait; one more is refused.", only(writes.maxWaiting)),
    gauge(readyName, "Server processes that take requests.", only(state.isReady ? 1 : 0)),
    maximum(
      "orgflags_certificate_expiry_timestamp_seconds",
      "When the certificate in use ends, Unix time; absent without TLS.",
      state.certificateEnd === undefined ? [] : only(state.certificateEnd / 1000),
    ),
  ];
}
