import { constants } from "node:http2";
import type { JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { checkAccept, JSON_TYPE, SSE_TYPE } from "./accept.ts";
import type { CallContext } from "./context.ts";
import { writeHttpBody } from "./http-body.ts";
import { createFrom } from "./json-form.ts";
import { addVary, type Exchange, isGone, sendHead, stopUpload, writeChunk } from "./response.ts";
import type { ServedRoute } from "./route.ts";
import { cutOff, startStallTimer } from "./stall.ts";
import type { StreamFrames } from "./stream-frames.ts";

/** How a stream is written, and the call that it is the answer to. */
export interface StreamHost {
  readonly frames: StreamFrames;
  readonly context: CallContext;
  /** How long a client may take nothing, in milliseconds. */
  readonly stalledStreamMs: number;
  readonly call: {
    /** All messages are written. */
    completed(): void;
    /** The implementation, or the writing of a message, has failed. */
    fail(error: unknown): void;
  };
}

/**
 * Writes the messages of a server stream as lines of JSON, as Server-Sent Events or, for `HttpBody`, as they are. The
 * next message is asked for when the one before has gone to the connection. Nothing is sent before the first message,
 * so that an error until then has its own HTTP status. The stream of a client that takes nothing is ended with an error,
 * and cut off where that is not taken either.
 */
export class StreamWriter {
  readonly #exchange: Exchange;
  readonly #route: ServedRoute;
  readonly #host: StreamHost;
  readonly #iterator: AsyncIterator<object>;
  #stallTimer: NodeJS.Timeout | undefined;
  #started = false;
  #stopped = false;

  constructor(exchange: Exchange, route: ServedRoute, host: StreamHost, messages: AsyncIterable<object>) {
    this.#exchange = exchange;
    this.#route = route;
    this.#host = host;
    this.#iterator = messages[Symbol.asyncIterator]();
  }

  /** Whether headers have been sent, so that an error can only be a last line. */
  get started(): boolean {
    return this.#started;
  }

  /** Asks for the next message, and goes on until the end. */
  readonly pull = (): void => {
    if (this.#stopped) return;
    try {
      Promise.resolve(this.#iterator.next()).then(this.#onNext, this.#onError);
    } catch (error) {
      // Iterators written by hand may throw where others reject.
      Promise.reject(error).catch(this.#onError);
    }
  };

  /** Ends a stream that has started with an error as its last line or event. */
  fail(status: JsonValue): void {
    const { request, response } = this.#exchange;
    this.stop();
    if (this.#route.rawResponse) {
      // Raw bytes have no place for an error; a connection cut short says that they are not all.
      if ("stream" in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else response.destroy();
      return;
    }
    response.end(this.#host.frames.error(status));
    stopUpload(request);
    this.#cutOffInTime();
  }

  /** Asks for no more messages, and lets the implementation clean up. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#stallTimer);
    this.#letGo();
  }

  #letGo(): void {
    // An implementation that fails while it cleans up has nobody left to tell.
    Promise.try(() => this.#iterator.return?.()).catch(() => {});
  }

  readonly #onNext = (result: IteratorResult<object, unknown>): void => {
    if (this.#stopped) return;
    try {
      this.#write(result.done === true ? undefined : result.value);
    } catch (error) {
      this.#host.call.fail(error);
    }
  };

  readonly #onError = (error: unknown): void => {
    if (!this.#stopped) this.#host.call.fail(error);
  };

  /** Writes a message, or the end for `undefined`. */
  #write(value: object | undefined): void {
    const { request, response } = this.#exchange;
    const chunk = value === undefined ? undefined : this.#encode(value);
    if (!this.#started) this.#start(value);
    if (chunk === undefined || request.method === "HEAD") {
      this.stop();
      response.end();
      stopUpload(request);
      this.#cutOffInTime();
      this.#host.call.completed();
    } else if (writeChunk(response, chunk)) {
      this.pull();
    } else {
      // Listeners that are made when they are needed: a stream that waits for messages has none.
      response.once("drain", () => this.#goOn());
      this.#stallTimer = this.#startStallTimer(() => this.#giveUp());
    }
  }

  #goOn(): void {
    if (this.#stopped) return;
    clearTimeout(this.#stallTimer);
    this.pull();
  }

  /** Tells the implementation that the client does not read; what it throws in turn is the last that it has to say. */
  #giveUp(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cutOffInTime();
    const reason = new ConnectError("the client does not read", Code.ResourceExhausted);
    const fail = (error: unknown): void => this.#host.call.fail(error);
    if (this.#iterator.throw !== undefined) {
      Promise.try(() => this.#iterator.throw?.(reason)).then(() => fail(reason), fail);
      return;
    }
    this.#letGo();
    fail(reason);
  }

  /** What is written and not taken in time is given up. */
  #cutOffInTime(): void {
    const { response } = this.#exchange;
    if (response.writableLength === 0) return;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = this.#startStallTimer(() => {
      if (!isGone(response) && !response.writableFinished) cutOff(response);
    });
  }

  #startStallTimer(stalled: () => void): NodeJS.Timeout {
    return startStallTimer(this.#exchange.response.writableLength, this.#host.stalledStreamMs, stalled);
  }

  #start(first: object | undefined): void {
    const headers = this.#host.context.collectHeaders(false);
    headers["content-type"] = this.#contentType(first);
    if (!this.#route.rawResponse) addVary(headers, "Accept");
    if (headers["content-type"] === SSE_TYPE)
      headers["cache-control"] ??= this.#exchange.added?.["cache-control"] ?? "no-cache";
    sendHead(this.#exchange, this.#route.answer.status, headers);
    this.#started = true;
  }

  #contentType(first: object | undefined): string {
    if (!this.#route.rawResponse) return this.#host.frames.contentType;
    const { contentType } = this.#readRaw(first ?? {});
    checkAccept(this.#exchange.request.headers.accept, JSON_TYPE, contentType);
    return contentType;
  }

  #encode(value: object): Uint8Array {
    return this.#route.rawResponse ? this.#readRaw(value).data : this.#host.frames.message(value);
  }

  #readRaw(message: object): { contentType: string; data: Uint8Array } {
    const { method, details } = this.#route;
    return writeHttpBody(createFrom(method.output, message), details.responseBody);
  }
}
