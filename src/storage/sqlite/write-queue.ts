import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { DomainError } from "../../domain/errors.ts";
import { CommitPace } from "./commit-pace.ts";
import { isDamage } from "./read-fault.ts";
import { notStored, type PendingWrite, WriteResults } from "./write-results.ts";
import type { WriteRequest, WriteResult } from "./writer.ts";
import type { WriterThreadData } from "./writer-thread.ts";

// What is compiled is started from what is compiled.
const writerThread = new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url);
// More writes than this in one transaction would make the first of them wait for the last.
const maxBatchSize = 1000;

/** What one commit came to. */
export interface Commit {
  readonly writes: number;
  /** From when the writes were handed to the thread until it answered. */
  readonly ms: number;
  /** Whether the database took none of them. */
  readonly failed: boolean;
}

interface QueuedWrite extends PendingWrite {
  readonly request: WriteRequest;
}

/**
 * Hands writes to the writing thread: all that wait while one batch commits become the next batch, which waits a moment
 * longer where more are to be expected.
 */
export class WriteQueue {
  readonly #thread: Worker;
  readonly #maxWaiting: number;
  readonly #onCommit: (commit: Commit) => void;
  #waiting: QueuedWrite[] = [];
  #committing: QueuedWrite[] = [];
  #committingSince = 0;
  readonly #pace = new CommitPace();
  readonly #results = new WriteResults();
  #timer: NodeJS.Timeout | undefined;
  #closing = false;
  #broken: unknown;
  #hasMetDamage = false;
  #whenIdle: (() => void) | undefined;

  private constructor(thread: Worker, maxWaiting: number, onCommit: (commit: Commit) => void) {
    this.#thread = thread;
    this.#maxWaiting = maxWaiting;
    this.#onCommit = onCommit;
    thread.on("message", (results: readonly WriteResult[]) => this.#settle(results));
    thread.on("error", (error) => this.#break(error));
    thread.on("exit", () => this.#break("the writing thread ended"));
  }

  /**
   * Starts the thread; rejects where it can't open the database. `maxWaiting` bounds the queue, in writes; `onCommit` is
   * told of each commit before its writes are answered.
   */
  static async start(
    data: WriterThreadData,
    maxWaiting: number,
    onCommit: (commit: Commit) => void,
  ): Promise<WriteQueue> {
    const thread = new Worker(writerThread, { workerData: data });
    await once(thread, "message");
    return new WriteQueue(thread, maxWaiting, onCommit);
  }

  /** How many writes wait, or are being committed. */
  get length(): number {
    return this.#waiting.length + this.#committing.length;
  }

  /** Whether the thread is there. */
  get isAlive(): boolean {
    return this.#broken === undefined;
  }

  /** Whether a write has met with damage to the file. */
  get hasMetDamage(): boolean {
    return this.#hasMetDamage;
  }

  /** Resolves when the write is on disk; rejects with DomainError where it was refused or could not be stored. */
  add(request: WriteRequest): Promise<unknown> {
    if (this.#broken) {
      return Promise.reject(notStored(this.#broken));
    }
    // What is due is taken in any case: reads wait for it, and there is one such write at a time for all there is, and one
    // for each organisation that is read.
    if (this.#waiting.length >= this.#maxWaiting && request.method !== "applyDue") {
      const message = `${this.#maxWaiting.toLocaleString("en")} writes are waiting already; try again later`;
      return Promise.reject(new DomainError("RESOURCE_EXHAUSTED", message));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#commitNext();
    });
  }

  /** Waits for the writes under way, then ends the thread. */
  async close(): Promise<void> {
    if (this.#broken) {
      return;
    }
    this.#closing = true;
    this.#commitNext();
    if (this.#committing.length > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#results.flush();
    const exit = once(this.#thread, "exit");
    this.#thread.postMessage("close");
    await exit;
  }

  #commitNext(): void {
    if (this.#committing.length > 0) {
      return;
    }
    if (this.#waiting.length === 0) {
      this.#whenIdle?.();
      return;
    }
    const waitMs = this.#pace.waitMs(performance.now(), this.#waiting.length);
    if (waitMs > 0 && this.#canWait()) {
      this.#timer ??= setTimeout(() => this.#commit(), waitMs);
    } else {
      this.#commit();
    }
  }

  /** Whether the writes that wait can wait for more: reads wait for what is due, and `close` for all. */
  #canWait(): boolean {
    return !this.#closing && !this.#waiting.some(({ request }) => request.method === "applyDue");
  }

  #commit(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#committing = this.#waiting.splice(0, maxBatchSize);
    this.#committingSince = performance.now();
    this.#pace.begin(this.#committingSince, this.#committing.length);
    this.#thread.postMessage(this.#committing.map(({ request }) => request));
  }

  #settle(results: readonly WriteResult[]): void {
    const settled = this.#committing;
    const ms = performance.now() - this.#committingSince;
    this.#committing = [];
    this.#onCommit({ writes: settled.length, ms, failed: results.every(({ kind }) => kind === "failure") });
    this.#hasMetDamage ||= results.some((result) => result.kind === "failure" && isDamage(result.code));
    this.#commitNext();
    this.#results.add(settled, results);
  }

  #break(cause: unknown): void {
    this.#broken ??= cause;
    clearTimeout(this.#timer);
    const lost = [...this.#committing, ...this.#waiting];
    this.#committing = [];
    this.#waiting = [];
    for (const write of lost) {
      write.reject(notStored(cause));
    }
    this.#whenIdle?.();
  }
}
