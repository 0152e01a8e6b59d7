import { constants } from "node:http2";
import type { JsonValue } from "@bufbuild/protobuf";
import { checkAccept, JSON_TYPE, NDJSON_TYPE, SSE_TYPE, type StreamForm } from "./accept.ts";
import type { CallContext } from "./context.ts";
import { writeHttpBody } from "./http-body.ts";
import { createFrom, type JsonForm } from "./json-form.ts";
import { addVary, type Exchange, sendHead, stopUpload, writeChunk } from "./response.ts";
import type { ServedRoute } from "./route.ts";

/** How a stream is written, and the call that it is the answer to. */
export interface StreamHost {
  readonly form: StreamForm;
  readonly json: JsonForm;
  readonly context: CallContext;
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
 * so that an error until then has its own HTTP status.
 */
export class StreamWriter {
  readonly #exchange: Exchange;
  readonly #route: ServedRoute;
  readonly #host: StreamHost;
  readonly #iterator: AsyncIterator<object>;
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
    // Iterators written by hand may throw where others reject.
    if (!this.#stopped) Promise.try(() => this.#iterator.next()).then(this.#onNext, this.#onError);
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
    response.end(this.#frame(JSON.stringify({ error: status }), "error"));
    stopUpload(request);
  }

  /** Asks for no more messages, and lets the implementation clean up. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
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
      this.#host.call.completed();
    } else if (writeChunk(response, chunk)) {
      this.pull();
    } else {
      response.once("drain", this.pull);
    }
  }

  #start(first: object | undefined): void {
    const headers = this.#host.context.collectHeaders(false);
    headers["content-type"] = this.#contentType(first);
    if (!this.#route.rawResponse) addVary(headers, "Accept");
    if (this.#host.form === "sse") headers["cache-control"] ??= "no-cache";
    sendHead(this.#exchange, this.#route.answer.status, headers);
    this.#started = true;
  }

  #contentType(first: object | undefined): string {
    if (!this.#route.rawResponse) return this.#host.form === "sse" ? SSE_TYPE : NDJSON_TYPE;
    const { contentType } = this.#readRaw(first ?? {});
    checkAccept(this.#exchange.request.headers.accept, JSON_TYPE, contentType);
    return contentType;
  }

  #encode(message: object): string | Uint8Array {
    const { method, details, rawResponse } = this.#route;
    if (rawResponse) return this.#readRaw(message).data;
    return this.#frame(this.#host.json.stringify(method.output, message, details.responseBody));
  }

  /** JSON has no line breaks of its own, so that a message is one line, and one line of an event. */
  #frame(text: string, event?: "error"): string {
    if (this.#host.form === "ndjson") return `${text}\n`;
    return event === undefined ? `data: ${text}\n\n` : `event: ${event}\ndata: ${text}\n\n`;
  }

  #readRaw(message: object): { contentType: string; data: Uint8Array } {
    const { method, details } = this.#route;
    return writeHttpBody(createFrom(method.output, message), details.responseBody);
  }
}
