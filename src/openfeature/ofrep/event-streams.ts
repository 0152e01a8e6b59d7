import { Code } from "@connectrpc/connect";
import type { Scope } from "../../domain/access.ts";
import type { Flags } from "../../flags/flags.ts";
import { isGone, sendHead } from "../../transcoding/response.ts";
import type { AnswerDesk } from "./answer-desk.ts";
import { EventStream } from "./event-stream.ts";
import type { EventsRequest } from "./events-target.ts";
import type { ObservedExchange } from "./observed-exchange.ts";
import type { Visitor } from "./visitor.ts";

/** The streams of events that are open; a shutdown ends them. */
export class EventStreams {
  readonly #flags: Flags;
  readonly #desk: AnswerDesk;
  readonly #stalledMs: number;
  readonly #shutdownSignal: AbortSignal;
  readonly #open = new Set<EventStream>();

  constructor(flags: Flags, desk: AnswerDesk, stalledMs: number, shutdownSignal: AbortSignal) {
    this.#flags = flags;
    this.#desk = desk;
    this.#stalledMs = stalledMs;
    this.#shutdownSignal = shutdownSignal;
    shutdownSignal.addEventListener("abort", () => this.#endAll(), { once: true });
  }

  /** Answers a request for events; the visitor is who asks, where that is somebody known. */
  open(exchange: ObservedExchange, asked: EventsRequest & { readonly scope: Scope }, visitor?: Visitor): void {
    const { request, response } = exchange;
    const revision = String(this.#flags.revision);
    const cacheControl = exchange.added?.["cache-control"] ?? "no-cache";
    const headers = {
      "content-type": "text/event-stream",
      "cache-control": cacheControl,
      "orgflags-revision": revision,
    };
    sendHead(exchange, 200, headers);
    if (request.method === "HEAD" || this.#shutdownSignal.aborted) {
      response.end();
      exchange.observed.end(0);
      return;
    }
    const stream = new EventStream(this.#flags, asked, response, this.#stalledMs);
    const unfollow = visitor?.follow(stream);
    this.#open.add(stream);
    exchange.observed.streams();
    stream
      .run()
      .then(() => exchange.observed.end(isGone(response) ? Code.Canceled : 0))
      .catch((error: unknown) => this.#desk.fail(exchange, error))
      .finally(() => {
        unfollow?.();
        this.#open.delete(stream);
      });
  }

  #endAll(): void {
    for (const stream of this.#open) {
      stream.end();
    }
  }
}
