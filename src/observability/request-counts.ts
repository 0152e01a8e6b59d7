import type { Code } from "@connectrpc/connect";
import { codeName } from "./code-name.ts";
import { counter, type Metric, type Sample } from "./metric.ts";

/** Counts requests that are no calls of a method: those for pages, and those that are refused before they are one. */
export class RequestCounts {
  readonly #pages = new Map<string, Sample>();
  readonly #refusals = new Map<string, Sample>();

  /** Counts a request for a page that there is, by what it was answered. */
  readonly addPage = (path: string, status: number): void => {
    addOne(this.#pages, { path, status: String(status) });
  };

  /** Counts a request by one of the lanes, with what it was told. */
  readonly addRefusal = (lane: string, code: Code): void => {
    addOne(this.#refusals, { lane, code: codeName(code) });
  };

  /** Both, by their labels. */
  metrics(): readonly Metric[] {
    return [
      counter("orgflags_page_requests_total", "Requests for pages and probes.", [...this.#pages.values()]),
      counter("orgflags_refused_requests_total", "Requests that were refused before they came to a method.", [
        ...this.#refusals.values(),
      ]),
    ];
  }
}

function addOne(samples: Map<string, Sample>, labels: Sample["labels"]): void {
  const key = Object.values(labels).join(" ");
  samples.set(key, { labels, value: (samples.get(key)?.value ?? 0) + 1 });
}
