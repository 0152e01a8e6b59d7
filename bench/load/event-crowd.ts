import type { Socket } from "node:net";
import { openSocket } from "./open-socket.ts";

// Streams are opened so many at a time, so that none waits long in the queue of those to be accepted.
const openAtOnce = 100;

/** Many streams of Server-Sent Events, each on a connection of its own. */
export class EventCrowd {
  readonly #sockets: Socket[] = [];
  readonly #mark: string;
  #failure: Error | undefined;
  #receipts: number[] = [];
  #awaited = 0;
  #whenReceived: (() => void) | undefined;

  /** `mark` is a text that every event has once, and nothing else. */
  constructor(mark: string) {
    this.#mark = mark;
  }

  /** Opens streams; resolves when each has had its first event. */
  async open(url: string, request: Buffer, count: number): Promise<void> {
    for (let opened = 0; opened < count; opened += openAtOnce) {
      const some = Math.min(openAtOnce, count - opened);
      const begun = this.await(some);
      await Promise.all(Array.from({ length: some }, () => this.#open(url, request)));
      await begun;
    }
  }

  /** Resolves with the times (of `performance.now()`) at which so many events have arrived from now on. */
  async await(count: number): Promise<readonly number[]> {
    this.#receipts = [];
    this.#awaited = count;
    await new Promise<void>((resolve) => {
      this.#whenReceived = resolve;
      this.#settle();
    });
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    return this.#receipts;
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners().destroy();
    }
  }

  async #open(url: string, request: Buffer): Promise<void> {
    const socket = await openSocket(url);
    this.#sockets.push(socket);
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      const now = performance.now();
      const parts = (rest + chunk.toString("latin1")).split(this.#mark);
      rest = (parts.at(-1) ?? "").slice(1 - this.#mark.length);
      for (let event = 1; event < parts.length; event++) {
        this.#receipts.push(now);
      }
      this.#settle();
    });
    const fail = (why: string) => () => {
      this.#failure ??= new Error(why);
      this.#settle();
    };
    socket.on("error", fail("a stream broke"));
    socket.on("close", fail("a stream was ended"));
    socket.write(request);
  }

  #settle(): void {
    if (this.#receipts.length >= this.#awaited || this.#failure !== undefined) {
      this.#whenReceived?.();
    }
  }
}
