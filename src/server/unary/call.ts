import type { IncomingHttpHeaders } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "../../rpc/logger.ts";
import { procedurePath } from "../../rpc/procedure.ts";
import type { Burst } from "../burst.ts";
import { type AdmitCall, refusalOfCall } from "../call-admission.ts";
import type { Output } from "./codec.ts";
import { UnaryContext } from "./context.ts";
import type { Answer, BodySink, Exchange } from "./exchange.ts";
import type { UnaryProcedure } from "./procedure.ts";
import type { MessageReader, UnaryProtocol } from "./protocol.ts";

/** What all calls of a server have in common. */
export interface CallHost {
  readonly maxBodyBytes: number;
  readonly shutdownSignal: AbortSignal;
  /** What whole requests are served in. */
  readonly burst: Burst;
  readonly logger: Logger;
  /** Counts calls that are refused before they come to a procedure; what it throws is answered instead. */
  readonly admitCall?: AdmitCall | undefined;
  /** Told of calls that are refused before they come to a procedure. */
  readonly onRefusal?: ((protocol: string, code: Code) => void) | undefined;
}

/**
 * One unary call, from a request of a kind that the lane takes to its answer. It is answered once, or not at all where
 * the client leaves before that. Nothing is put off but to the burst that it is served in, where the implementation
 * answers at once.
 */
export class UnaryCall implements BodySink {
  readonly #host: CallHost;
  readonly #procedure: UnaryProcedure;
  readonly #protocol: UnaryProtocol;
  readonly #exchange: Exchange;
  readonly #context: UnaryContext;
  #reader: MessageReader | undefined;
  #isInvoked = false;
  #isDecided = false;

  constructor(
    host: CallHost,
    procedure: UnaryProcedure,
    protocol: UnaryProtocol,
    headers: IncomingHttpHeaders,
    exchange: Exchange,
  ) {
    this.#host = host;
    this.#procedure = procedure;
    this.#protocol = protocol;
    this.#exchange = exchange;
    this.#context = new UnaryContext(procedure.method, protocol, headers, exchange, host.shutdownSignal);
  }

  /** Begins to read the request; the rest follows when it is there. Never throws. */
  start(): void {
    try {
      const { requestHeaders: headers } = this.#context;
      if (headers[this.#protocol.timeoutHeader] !== undefined) {
        this.#context.startDeadline(this.#protocol.readTimeout(this.#context.requestHeader));
      }
      this.#reader = this.#protocol.createReader(this.#procedure, headers, this.#host.maxBodyBytes);
      this.#exchange.read(this);
    } catch (error) {
      this.#exchange.discard();
      this.#fail(error);
    }
  }

  /** Takes a piece of the body; what comes after a refusal is thrown away. For the exchange. */
  push(chunk: Buffer): void {
    if (this.#isDecided) {
      return;
    }
    try {
      this.#reader?.push(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Goes on with the whole request. For the exchange. */
  end(): void {
    if (!this.#isDecided && this.#reader !== undefined) {
      const reader = this.#reader;
      this.#host.burst.add(() => this.#invoke(reader));
    }
  }

  #invoke(reader: MessageReader): void {
    if (this.#isDecided) {
      return;
    }
    try {
      const message = reader.end();
      this.#isInvoked = true;
      this.#proceed(this.#procedure.impl(message, this.#context));
    } catch (error) {
      this.#fail(error);
    }
  }

  #proceed(output: Output | PromiseLike<Output>): void {
    if (isThenable(output)) {
      output.then(
        (value) => this.#succeed(value),
        (error: unknown) => this.#fail(error),
      );
    } else {
      this.#succeed(output);
    }
  }

  #succeed(output: Output): void {
    try {
      this.#finish(this.#protocol.answer(this.#context, this.#procedure, output));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const known = error instanceof ConnectError ? error : new ConnectError("internal error", Code.Internal);
    try {
      const told = this.#isInvoked ? known : this.#notInvoked(known);
      this.#finish(this.#protocol.refuse(this.#context, told), error);
    } catch (cause) {
      this.#breakOff(cause);
    }
  }

  /** What is told of a call that does not come to its procedure: that there are too many, where there are. */
  #notInvoked(error: ConnectError): ConnectError {
    const { socket, requestHeaders: headers, method } = this.#context;
    const told = refusalOfCall(this.#host.admitCall, { socket, headers }, procedurePath(method)) ?? error;
    this.#host.onRefusal?.(this.#protocol.name, told.code);
    return told;
  }

  #finish(answer: Answer | Promise<Answer>, reason?: unknown): void {
    this.#isDecided = true;
    this.#context.end(reason);
    if (answer instanceof Promise) {
      answer.then(
        (whole) => this.#send(whole),
        (error: unknown) => this.#breakOff(error),
      );
    } else {
      this.#send(answer);
    }
  }

  #send(answer: Answer): void {
    if (this.#exchange.isGone) {
      return;
    }
    try {
      this.#exchange.send(answer);
    } catch (error) {
      this.#breakOff(error);
    }
  }

  /** An answer that can't be written is a fault in here: the client learns no more than that. */
  #breakOff(error: unknown): void {
    this.#isDecided = true;
    this.#host.logger.error({ err: error, path: this.#context.url }, "a call could not be answered");
    this.#exchange.breakOff();
  }
}

/** Not every thenable is a promise of this realm; and nothing keeps an implementation from answering with nothing. */
function isThenable(value: Output | PromiseLike<Output> | undefined): value is PromiseLike<Output> {
  return value !== undefined && "then" in value && typeof value.then === "function";
}
