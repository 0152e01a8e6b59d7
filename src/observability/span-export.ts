import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger } from "../rpc/logger.ts";
import { counter, type Metric } from "./metric.ts";

/** An exporter that counts what it sends, and says in the log when that begins or ceases to fail. */
export class SpanExport implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #logger: Logger;
  #sent = 0;
  #lost = 0;
  #isFailing = false;

  constructor(exporter: SpanExporter, logger: Logger) {
    this.#exporter = exporter;
    this.#logger = logger;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#note(spans.length, result);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  metrics(): readonly Metric[] {
    const help = "Spans that were sent to the collector (ok), or that it did not take (failed).";
    return [
      counter("orgflags_spans_exported_total", help, [
        { labels: { result: "ok" }, value: this.#sent },
        { labels: { result: "failed" }, value: this.#lost },
      ]),
    ];
  }

  #note(spans: number, { code, error }: ExportResult): void {
    const failed = code !== ExportResultCode.SUCCESS;
    this.#sent += failed ? 0 : spans;
    this.#lost += failed ? spans : 0;
    if (failed && !this.#isFailing) {
      this.#logger.warn({ reason: error?.message }, "traces can't be sent; they are lost until that works again");
    } else if (!failed && this.#isFailing) {
      this.#logger.info({}, "traces are sent again");
    }
    this.#isFailing = failed;
  }
}
