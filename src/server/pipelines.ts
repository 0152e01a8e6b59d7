import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Ongoing } from "./ongoing.ts";

/**
 * Bounds what HTTP/1.1 connections ask for at one time. Answers go out in the order of their requests, so a client that
 * does not wait for them (pipelining) may make any number wait for the first one, without anything that is written, by
 * which the platform would notice. A connection on which too many wait is not read from until half of them are answered.
 */
export class Pipelines {
  readonly #most: number;
  readonly #isOver: (response: ServerResponse) => boolean;
  readonly #waiting = new WeakMap<Socket, Ongoing<ServerResponse>>();
  readonly #held = new WeakSet<Socket>();

  /** At most so many requests of one connection at a time, besides those that had arrived together with the last. */
  constructor(most: number, isOver: (response: ServerResponse) => boolean) {
    this.#most = most;
    this.#isOver = isOver;
  }

  /** To be told of each response that waits for its turn behind another one. */
  add(response: ServerResponse): void {
    const { socket } = response.req;
    const waiting = this.#waitingOn(socket);
    waiting.add(response);
    // What is kept may be over: it is looked at no more often than it can matter.
    if (waiting.kept >= this.#most && waiting.all.length >= this.#most && !this.#held.has(socket)) {
      this.#held.add(socket);
      socket.on("resume", pauseAgain);
      socket.pause();
      this.#releaseInTime(socket, waiting);
    }
  }

  #waitingOn(socket: Socket): Ongoing<ServerResponse> {
    const known = this.#waiting.get(socket);
    if (known !== undefined) {
      return known;
    }
    const waiting = new Ongoing(this.#isOver);
    this.#waiting.set(socket, waiting);
    return waiting;
  }

  #releaseInTime(socket: Socket, waiting: Ongoing<ServerResponse>): void {
    const { all } = waiting;
    const enough = all[all.length - 1 - Math.floor(this.#most / 2)];
    if (enough !== undefined) {
      // Those that arrived together with the last one may be more by then.
      enough.once("close", () => this.#releaseInTime(socket, waiting));
      return;
    }
    this.#held.delete(socket);
    socket.off("resume", pauseAgain);
    socket.resume();
  }
}

/** Whoever reads a request that has arrived already has its connection read on. */
function pauseAgain(this: Socket): void {
  this.pause();
}
