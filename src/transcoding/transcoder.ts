import { Code } from "@connectrpc/connect";
import type { HttpRequest } from "./body.ts";
import { Call, type CallHost } from "./call.ts";
import { readTimeout } from "./deadline.ts";
import { ErrorDesk } from "./error-desk.ts";
import { JsonForm } from "./json-form.ts";
import { refusalOf } from "./refusal.ts";
import { badRequest, RequestFault, shorten } from "./request-fault.ts";
import { type AddedHeaders, type Exchange, type HttpResponse, send } from "./response.ts";
import { checkAnswerable, createRouter, createRoutes, type Route, type ServedRoute } from "./route.ts";
import type { Router } from "./router.ts";
import { readOptions, type Settings, type TranscoderOptions } from "./settings.ts";
import { makeRequestId, StatusForm, sendStatus } from "./status.ts";
import { FrameDesk } from "./stream-frames.ts";
import { parseTarget } from "./target.ts";

export type { AddedHeaders } from "./response.ts";
export type { Route } from "./route.ts";
export { RuleError } from "./rule-error.ts";
export type { TranscoderOptions, UnexpectedErrorInfo } from "./settings.ts";

/** Serves protobuf methods as REST, by their `google.api.http` rules. */
export interface Transcoder {
  /**
   * Serves a request of `node:http` or `node:http2`; always answers, with 404 where no rule fits. Never throws. Each
   * answer has the `added` headers besides its own, which go over them; the names of both in `vary` are joined.
   */
  handle(request: HttpRequest, response: HttpResponse, added?: AddedHeaders): void;
  /** Every rule, additional bindings included, in the order of the methods. */
  readonly routes: readonly Route[];
}

/**
 * Compiles the rules of the methods. Throws `RuleError` for a rule that cannot be served or that serves what another
 * one does, and `TypeError` for an option that is unknown or out of range.
 */
export function createTranscoder(options: TranscoderOptions): Transcoder {
  return new RuleTranscoder(readOptions(options));
}

class RuleTranscoder implements Transcoder {
  readonly routes: readonly ServedRoute[];
  readonly #router: Router<ServedRoute>;
  readonly #host: CallHost;
  readonly #statuses: StatusForm;
  /** The `Allow` of the server as a whole, for `OPTIONS *`. */
  readonly #allow: string;

  constructor(settings: Settings) {
    const { registry, maxDepth } = settings.jsonBody;
    const json = new JsonForm(registry);
    const streams = new Set<Call>();
    this.#statuses = new StatusForm(json, registry);
    this.#host = {
      settings,
      json,
      streams,
      unary: { json, compressMinBytes: settings.compressMinBytes },
      frames: new FrameDesk(json),
      errors: new ErrorDesk(this.#statuses, settings.onUnexpectedError),
    };
    this.routes = settings.methods.flatMap((spec) => createRoutes(spec, maxDepth));
    this.#router = createRouter(this.routes);
    this.#allow = joinMethods(this.routes);
    const shutDown = (): void => {
      for (const call of [...streams]) call.shutDown();
    };
    settings.shutdownSignal?.addEventListener("abort", shutDown, { once: true });
  }

  // A property, so that it can be handed over without its object, as in `createServer(transcoder.handle)`.
  readonly handle = (request: HttpRequest, response: HttpResponse, added?: AddedHeaders): void => {
    const exchange = { request, response, added };
    try {
      this.#route(exchange);
    } catch (fault) {
      const requestId = makeRequestId(request.headers["x-request-id"]);
      const { error, headers } = refusalOf(this.#host.settings, request, fault);
      // Until there is a call, nothing throws but faults of the request.
      const status = this.#statuses.describe(error) ?? this.#statuses.describeUnexpected(requestId);
      sendStatus(exchange, status, { ...headers });
    }
  };

  #route(exchange: Exchange): void {
    const { request } = exchange;
    const { method = "", url = "" } = request;
    if (method === "OPTIONS" && url === "*") {
      send(exchange, { status: 204, headers: { allow: this.#allow } });
      return;
    }
    const target = parseTarget(url);
    if (target.kind === "malformed") {
      throw badRequest(`path segment "${shorten(target.segment)}": expected escapes (%XX) of UTF-8`);
    }
    if (target.kind === "no-path") throw notFound();
    const match = this.#router.match(method, target.path);
    if (match.kind === "rule") {
      checkAnswerable(match.rule, request.headers.accept);
      const timeoutMs = readTimeout(request.headers, this.#host.settings.maxTimeoutMs);
      const incoming = { request, route: match.rule, path: match.path, query: target.query };
      new Call(this.#host, incoming, exchange, timeoutMs).start();
      return;
    }
    if (match.allow.length === 0) throw notFound();
    const headers = { allow: match.allow.join(", ") };
    if (method !== "OPTIONS") throw methodNotAllowed(method, headers);
    send(exchange, { status: 204, headers });
  }
}

function joinMethods(routes: readonly ServedRoute[]): string {
  const methods = new Set(routes.map(({ httpMethod }) => httpMethod).filter((method) => method !== "*"));
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods.add("OPTIONS")].sort().join(", ");
}

function notFound(): RequestFault {
  return new RequestFault(404, Code.NotFound, "no rule fits the path");
}

function methodNotAllowed(method: string, headers: { allow: string }): RequestFault {
  const message = `method ${shorten(method)}: expected one of ${headers.allow}`;
  return new RequestFault(405, Code.Unimplemented, message, { headers });
}
