import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { type AnswerHeaders, withAnswerHeader } from "../../transcoding/answer-headers.ts";
import { CallSignal } from "./call-signal.ts";
import type { Exchange } from "./exchange.ts";
import { addInOrder } from "./node-headers.ts";
import type { UnaryProtocol } from "./protocol.ts";
import { RequestHeader } from "./request-header.ts";

/**
 * What an implementation learns of its call: the same that connect-node's own contexts tell. Headers, signal, timer
 * and values are made when they are first asked for.
 */
export class UnaryContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  /** The headers of the request as they came. */
  readonly requestHeaders: IncomingHttpHeaders;
  readonly #protocol: UnaryProtocol;
  readonly #exchange: Exchange;
  readonly #shutdownSignal: AbortSignal;
  #deadline: number | undefined;
  #signal: CallSignal | undefined;
  #requestHeader: Headers | undefined;
  #isOver = false;
  #overReason: unknown;
  #responseHeader: Headers | undefined;
  /** What was set by `setAnswerHeader` while there is no `#responseHeader`. */
  #answerHeaders: AnswerHeaders | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;

  constructor(
    method: DescMethod,
    protocol: UnaryProtocol,
    requestHeaders: IncomingHttpHeaders,
    exchange: Exchange,
    shutdownSignal: AbortSignal,
  ) {
    this.method = method;
    this.requestHeaders = requestHeaders;
    this.#protocol = protocol;
    this.#exchange = exchange;
    this.#shutdownSignal = shutdownSignal;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get protocolName(): string {
    return this.#protocol.name;
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= new RequestHeader(this.requestHeaders);
    return this.#requestHeader;
  }

  /** The connection that the request came by; undefined where that is gone. */
  get socket(): Socket | undefined {
    return this.#exchange.socket;
  }

  get url(): string {
    return this.#exchange.url(this.requestHeaders);
  }

  get timeoutMs(): () => number | undefined {
    const deadline = this.#deadline;
    return () => (deadline === undefined ? undefined : deadline - Date.now());
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#signal = new CallSignal(this.#exchange, this.#shutdownSignal, this.#deadline);
      if (this.#isOver) {
        this.#signal.abort(this.#overReason);
      }
    }
    return this.#signal.signal;
  }

  get responseHeader(): Headers {
    if (this.#responseHeader === undefined) {
      this.#responseHeader = new Headers(this.#protocol.responseHeader(this.requestHeaders));
      for (const [name, value] of this.#answerHeaders ?? []) {
        this.#responseHeader.set(name, value);
      }
    }
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers(this.#protocol.responseTrailer);
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  /** The same, but undefined where nobody has asked for it yet. */
  get madeValues(): ContextValues | undefined {
    return this.#values;
  }

  /** Whether headers or trailers of the response have been asked for, and may have been set. */
  get hasMetadata(): boolean {
    return this.#responseHeader !== undefined || this.#responseTrailer !== undefined;
  }

  /**
   * Sets a header of the answer, whatever that comes to be: the same as `responseHeader.set`, but that it spares the
   * call a `Headers`. The name is in small letters, and none that the protocol or the connection has.
   */
  setAnswerHeader(name: string, value: string): void {
    if (this.#responseHeader !== undefined) {
      this.#responseHeader.set(name, value);
    } else {
      this.#answerHeaders = withAnswerHeader(this.#answerHeaders, name, value);
    }
  }

  /** Headers of an answer without other metadata: the given ones, in the order of their names, and those that were set. */
  answerHeaders(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
    return this.#answerHeaders === undefined ? headers : addInOrder(headers, this.#answerHeaders);
  }

  /** Sets the time that the call may take from now on, if there is a limit to it. */
  startDeadline(timeoutMs: number | undefined): void {
    this.#deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
  }

  /** Ends the call: fires its signal, also one that is asked for later. */
  end(reason?: unknown): void {
    this.#isOver = true;
    this.#overReason = reason;
    this.#signal?.abort(reason);
  }
}
