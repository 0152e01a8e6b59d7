import type { OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { type AnswerHeaders, withAnswerHeader } from "./answer-headers.ts";
import type { HttpRequest } from "./body.ts";
import { chooseCoding } from "./compression.ts";
import { matchesETag, tagCoding } from "./etag.ts";
import { addHeaders } from "./response.ts";

/** Notices when the client goes away, from when it is called. */
export interface DisconnectWatcher {
  watch(): void;
}

/**
 * What an implementation learns of its call. Headers, signal and values are made when they are first asked for, so
 * that a call which needs none of them does not pay for them.
 */
export class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly protocolName = "rest";
  readonly #request: HttpRequest;
  readonly #deadline: number | undefined;
  readonly #watcher: DisconnectWatcher;
  #controller: AbortController | undefined;
  #aborted = false;
  #abortReason: unknown;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  /** What was set by `setAnswerHeader` while there is no `#responseHeader`. */
  #answerHeaders: AnswerHeaders | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;
  #version: string | undefined;
  #held: string | undefined;

  /** `deadline` is a time of `performance.now()`; the watcher is called when the signal is first asked for. */
  constructor(method: DescMethod, request: HttpRequest, deadline: number | undefined, watcher: DisconnectWatcher) {
    this.method = method;
    this.#request = request;
    this.#deadline = deadline;
    this.#watcher = watcher;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get requestMethod(): string {
    return this.#request.method ?? "";
  }

  /** The connection that the request came by, or what shows its properties. */
  get socket(): Socket {
    return this.#request.socket;
  }

  get url(): string {
    const { headers, socket, url } = this.#request;
    const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    const host = headers[":authority"] ?? headers.host ?? "localhost";
    return url?.startsWith("/") ? `${scheme}://${host}${url}` : (url ?? "");
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#abortReason);
      else this.#watcher.watch();
    }
    return this.#controller.signal;
  }

  get timeoutMs(): () => number | undefined {
    const deadline = this.#deadline;
    return () => (deadline === undefined ? undefined : deadline - performance.now());
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= toHeaders(this.#request.rawHeaders);
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    if (this.#responseHeader === undefined) {
      this.#responseHeader = new Headers(this.#answerHeaders?.map(([name, value]) => [name, value]));
      this.#answerHeaders = undefined;
    }
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
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

  /** A header of the request, by its name in small letters: the same as in `requestHeader`, without a `Headers`. */
  getRequestHeader(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /**
   * Sets a header of the answer, whatever that comes to be: the same as `responseHeader.set`, but that it spares the
   * call a `Headers`. The name is in small letters.
   */
  setAnswerHeader(name: string, value: string): void {
    if (this.#responseHeader !== undefined) this.#responseHeader.set(name, value);
    else this.#answerHeaders = withAnswerHeader(this.#answerHeaders, name, value);
  }

  /**
   * Says of which version the answer to a GET is going to be, which makes its entity tag. True where the client holds
   * that version: then it is answered 304, whatever the implementation returns.
   */
  holds(version: string): boolean {
    const { method, headers } = this.#request;
    this.#version = `"${version}"`;
    const ifNoneMatch = headers["if-none-match"];
    if (ifNoneMatch === undefined || (method !== "GET" && method !== "HEAD")) return false;
    this.#held = matchesETag(ifNoneMatch, this.#version) ? this.#version : this.#heldCoded(ifNoneMatch, this.#version);
    return this.#held !== undefined;
  }

  /** The tag of the version in the coding that the client would get, if it holds that. */
  #heldCoded(ifNoneMatch: string, version: string): string | undefined {
    const tag = tagCoding(version, chooseCoding(this.#request.headers["accept-encoding"]?.toString()));
    return matchesETag(ifNoneMatch, tag) ? tag : undefined;
  }

  /** The entity tag of the version, before any coding. */
  get version(): string | undefined {
    return this.#version;
  }

  /** The entity tag of the answer that the client holds. */
  get held(): string | undefined {
    return this.#held;
  }

  /** Whether the deadline has passed. */
  get expired(): boolean {
    return this.#deadline !== undefined && performance.now() >= this.#deadline;
  }

  /** Why the signal was aborted; `undefined` where it was not, or because the call is over. */
  get abortReason(): unknown {
    return this.#abortReason;
  }

  /** The headers that the implementation has set, and its trailers as headers that begin with `Trailer-`. */
  collectHeaders(withTrailers: boolean): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = {};
    const set = this.#responseHeader ?? this.#answerHeaders;
    if (set !== undefined) addHeaders(headers, set);
    if (withTrailers && this.#responseTrailer !== undefined) addHeaders(headers, this.#responseTrailer, "trailer-");
    return headers;
  }

  /** Aborts the signal, also one that is asked for later. Only the first reason counts. */
  abort(reason?: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

/** Pairs of names and values; the pseudo-headers of HTTP/2 are left out. */
function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = "", value = ""] = raw.slice(index, index + 2);
    if (!name.startsWith(":")) headers.append(name, value);
  }
  return headers;
}
