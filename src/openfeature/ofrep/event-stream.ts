import type { ChangeFilter } from "../../domain/change.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Flags } from "../../flags/flags.ts";
import type { WatchEvent } from "../../flags/watch-event.ts";
import { type HttpResponse, isGone, writeChunk } from "../../transcoding/response.ts";
import { cutOff, startStallTimer } from "../../transcoding/stall.ts";
import { bursts } from "../bursts.ts";
import type { EventsRequest } from "./events-target.ts";

type ScopedFilter = Pick<ChangeFilter, "scope">;

/** Proxies cut off what is silent for a minute, some of them for half of one. */
const silenceMs = 15_000;
const reconnectMs = 1000;

/**
 * Tells a client when to evaluate again: after whatever reaches its organisation, once for what comes at one time.
 * Every piece has the revision as its id, by which a client that lost the connection goes on without missing anything.
 */
export class EventStream {
  readonly #flags: Flags;
  readonly #asked: EventsRequest & ScopedFilter;
  readonly #response: HttpResponse;
  readonly #stalledMs: number;
  readonly #ended = new AbortController();

  /** `stalledMs` is how long a client may take nothing. */
  constructor(flags: Flags, asked: EventsRequest & ScopedFilter, response: HttpResponse, stalledMs: number) {
    this.#flags = flags;
    this.#asked = asked;
    this.#response = response;
    this.#stalledMs = stalledMs;
  }

  /** Writes until the client leaves or `end` is called; the head is sent already. Rejects where the flags fail. */
  async run(): Promise<void> {
    this.#response.on("error", () => {}).on("close", () => this.end());
    if (isGone(this.#response)) {
      return;
    }
    writeChunk(this.#response, `retry: ${reconnectMs}\n`);
    try {
      await this.#tell(this.#asked.after, false);
    } catch (error) {
      if (!isOutOfRange(error)) {
        throw error;
      }
      // What was missed is not known any more: something may have been.
      await this.#tell(undefined, true);
    }
    this.#response.end();
  }

  /** Ends the stream; the client comes again by itself. */
  end(): void {
    this.#ended.abort();
  }

  async #tell(fromRevision: number | undefined, isBehind: boolean): Promise<void> {
    const { signal } = this.#ended;
    const { orgId, scope } = this.#asked;
    const filter = { orgId, featureKey: undefined, scope };
    const watch = this.#flags.watch({ filter, fromRevision, heartbeatMs: silenceMs, signal });
    let isDue = isBehind;
    for await (const events of bursts(watch)) {
      await this.#write(piece(watch.revision, isDue || events.some(isChange)));
      isDue = false;
    }
  }

  /** Resolves when the next piece may follow. */
  #write(text: string): Promise<void> | undefined {
    const response = this.#response;
    if (isGone(response) || writeChunk(response, text)) {
      return undefined;
    }
    return new Promise((resolve) => {
      const timer = startStallTimer(response.writableLength, this.#stalledMs, () => cutOff(response));
      const goOn = (): void => {
        clearTimeout(timer);
        response.off("drain", goOn).off("close", goOn);
        resolve();
      };
      response.on("drain", goOn).on("close", goOn);
    });
  }
}

// A piece without data is no event to clients, but they keep its id.
function piece(revision: number, isChanged: boolean): string {
  const data = JSON.stringify({ type: "refetchEvaluation", etag: String(revision) });
  return isChanged ? `id: ${revision}\nevent: message\ndata: ${data}\n\n` : `id: ${revision}\n\n`;
}

function isChange({ kind }: WatchEvent): boolean {
  return kind === "change";
}

function isOutOfRange(error: unknown): boolean {
  return error instanceof DomainError && error.code === "OUT_OF_RANGE";
}
