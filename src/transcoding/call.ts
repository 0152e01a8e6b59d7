import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { chooseStreamForm } from "./accept.ts";
import { CallContext } from "./context.ts";
import type { ErrorDesk } from "./error-desk.ts";
import type { JsonForm } from "./json-form.ts";
import { refusalOf } from "./refusal.ts";
import { type Incoming, readMessage, receiveBody } from "./request-message.ts";
import { type Answer, type Exchange, isGone, send } from "./response.ts";
import type { Settings } from "./settings.ts";
import { sendStatus } from "./status.ts";
import { StreamWriter } from "./stream.ts";
import type { FrameDesk } from "./stream-frames.ts";
import { answerUnary, type UnaryForm } from "./unary.ts";

/** What all calls of a transcoder have in common. */
export interface CallHost {
  readonly settings: Settings;
  readonly json: JsonForm;
  readonly unary: UnaryForm;
  readonly frames: FrameDesk;
  readonly errors: ErrorDesk;
  /** The streams that a shutdown ends. */
  readonly streams: Set<Call>;
}

const NO_PATH: Incoming["path"] = { raw: [], decoded: [] };
/** The longest delay of a timer of Node, some 24 days; it takes a longer one for none at all. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One call, from a routed request to its answer. It is answered once: by the implementation, by an error, by its
 * deadline, or not at all where the client goes away first. What comes after that is ignored.
 */
export class Call {
  readonly #host: CallHost;
  #incoming: Incoming;
  readonly #exchange: Exchange;
  readonly #context: CallContext;
  readonly #timeoutMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stream: StreamWriter | undefined;
  #watching = false;
  #isInvoked = false;
  #over = false;

  constructor(host: CallHost, incoming: Incoming, exchange: Exchange, timeoutMs: number | undefined) {
    this.#host = host;
    this.#incoming = incoming;
    this.#exchange = exchange;
    this.#timeoutMs = timeoutMs;
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.#context = new CallContext(incoming.route.method, incoming.request, deadline, this);
  }

  /** Serves the call; returns when it is answered or waits for something. Never throws. */
  start(): void {
    if (this.#timeoutMs !== undefined) this.#startTimer(this.#timeoutMs);
    if (!this.#over) receiveBody(this.#incoming, this.#host.settings.maxBodyBytes, this);
  }

  /** Goes on with the bytes of the body; for `receiveBody`. */
  received(bytes: Buffer | undefined): void {
    if (this.#over) return;
    try {
      const { settings } = this.#host;
      this.#invoke(readMessage(this.#incoming, bytes, settings.jsonBody));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Answers with an error: as a status, or as the end of a stream that has begun. */
  fail(error: unknown): void {
    if (this.#over) {
      this.#host.errors.reportLate(error, this.#incoming, this.#context.abortReason);
      return;
    }
    const refusal = this.#isInvoked ? undefined : refusalOf(this.#host.settings, this.#incoming.request, error);
    const status = this.#host.errors.describe(refusal === undefined ? error : refusal.error, this.#incoming);
    this.#finish();
    if (this.#stream?.started) {
      this.#stream.fail(status.json);
      return;
    }
    this.#stream?.stop();
    sendStatus(this.#exchange, status, { ...refusal?.headers, ...this.#context.collectHeaders(true) });
  }

  /** Aborts the implementation and answers for it. */
  stop(error: ConnectError): void {
    if (this.#over) return;
    this.#context.abort(error);
    this.fail(error);
  }

  /** The client is away: aborts the implementation, and there is nothing to answer. */
  gone(): void {
    if (this.#over) return;
    this.#context.abort(new ConnectError("the client went away", Code.Canceled));
    this.#finish();
    this.#stream?.stop();
  }

  /** Notices from now on when the client goes away; a call that is answered at once has no need to. */
  watch(): void {
    if (this.#watching || this.#over) return;
    this.#watching = true;
    const { response } = this.#exchange;
    if (isGone(response)) {
      this.gone();
      return;
    }
    // A response that is written to after its connection has closed emits an error, which `close` has told before.
    response.on("error", () => {}).on("close", () => this.gone());
  }

  #startTimer(timeoutMs: number): void {
    if (timeoutMs <= 0) this.#expire();
    else if (timeoutMs <= MAX_TIMER_MS) this.#timer = setTimeout(() => this.#expire(), timeoutMs);
  }

  #expire(): void {
    this.stop(new ConnectError("the deadline of the request has passed", Code.DeadlineExceeded));
  }

  #invoke(message: Message): void {
    this.#isInvoked = true;
    const { spec } = this.#incoming.route;
    if (spec.kind === "server_streaming") {
      this.#openStream(spec.impl(message, this.#context));
      return;
    }
    const result = spec.impl(message, this.#context);
    if (isThenable(result)) this.#wait(result, (arrived) => this.#succeed(arrived));
    else this.#succeed(result);
  }

  #succeed(result: object): void {
    if (this.#over) return;
    if (this.#context.expired) {
      this.#expire();
      return;
    }
    const { request, route } = this.#incoming;
    const answer = answerUnary({ route, request, context: this.#context }, result, this.#host.unary);
    if (isThenable(answer)) this.#wait(answer, (whole) => this.#send(whole));
    else this.#send(answer);
  }

  /** Goes on with the value of a promise when it is there. */
  #wait<T extends object>(promise: PromiseLike<T>, next: (value: T) => void): void {
    this.watch();
    // Other promises than those of this realm may lack `catch`.
    Promise.resolve(promise)
      .then(next)
      .catch((error) => this.fail(error));
  }

  #send(answer: Answer): void {
    if (this.#over) return;
    send(this.#exchange, answer);
    this.#finish();
  }

  #openStream(messages: AsyncIterable<object>): void {
    const { request, route } = this.#incoming;
    const { settings, streams } = this.#host;
    // A stream may last, and needs no more of its request.
    this.#incoming = { request, route, path: NO_PATH, query: "" };
    const frames = this.#host.frames.of(route, chooseStreamForm(request.headers.accept) ?? "ndjson");
    const host = { frames, stalledStreamMs: settings.stalledStreamMs, context: this.#context, call: this };
    this.#stream = new StreamWriter(this.#exchange, route, host, messages);
    streams.add(this);
    this.watch();
    if (settings.shutdownSignal?.aborted) this.shutDown();
    this.#stream.pull();
  }

  /** Ends the stream because the server ends. */
  shutDown(): void {
    this.stop(new ConnectError("the server is shutting down", Code.Unavailable));
  }

  /** The last message of a stream is written; for `StreamWriter`. */
  completed(): void {
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#stream !== undefined) this.#host.streams.delete(this);
    this.#context.abort();
  }
}

function isThenable<T extends object>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return "then" in value && typeof value.then === "function";
}
