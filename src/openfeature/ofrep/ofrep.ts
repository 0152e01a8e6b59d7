import { everything } from "../../domain/access.ts";
import { type Awaitable, whenReady } from "../../domain/awaitable.ts";
import type { Flags } from "../../flags/flags.ts";
import type { CallObserver } from "../../rpc/call-observer.ts";
import type { Logger } from "../../rpc/logger.ts";
import { revisionOf } from "../../rpc/revision-text.ts";
import type { HttpRequest } from "../../transcoding/body.ts";
import { percentDecode } from "../../transcoding/percent.ts";
import { badRequest } from "../../transcoding/request-fault.ts";
import { type AddedHeaders, type Answer, type Exchange, type HttpResponse, send } from "../../transcoding/response.ts";
import { type OrgFrom, organisationOf } from "../evaluation-context.ts";
import { AnswerDesk, jsonAnswer } from "./answer-desk.ts";
import { bulkAnswer } from "./bulk-answer.ts";
import { EventStreams } from "./event-streams.ts";
import { eventsPrefix, readEventsRequest } from "./events-target.ts";
import { flagAnswer, requireFlagKey } from "./flag-answer.ts";
import { contextOf, receiveJson } from "./json-request.ts";
import type { ObservedExchange } from "./observed-exchange.ts";
import { notServed } from "./ofrep-error.ts";
import type { Visitor, Visitors } from "./visitor.ts";

/** What OFREP is served from, and within which bounds. */
export interface OfrepOptions {
  readonly flags: Flags;
  /** What of a context names the organisation. */
  readonly orgFrom: OrgFrom;
  /** Finds out who asks; without it everybody may see everything. */
  readonly visitors?: Visitors | undefined;
  readonly maxBodyBytes: number;
  /** How long the client of a stream of events may take nothing. */
  readonly stalledStreamMs: number;
  /** Ends the streams of events. */
  readonly shutdownSignal: AbortSignal;
  /** What whole requests are served in. */
  readonly burst: { add(serve: () => void): void };
  readonly logger: Pick<Logger, "error">;
  /** Looks at every request; what it throws is answered. */
  readonly admit?: ((request: HttpRequest) => void) | undefined;
  readonly observer: CallObserver;
}

/** Answers a request under `/ofrep/`, or says false; `path` is the raw target before its first `?`. */
export type OfrepLane = (
  request: HttpRequest,
  response: HttpResponse,
  path: string,
  added: AddedHeaders | undefined,
) => boolean;

const root = "/ofrep/";
const bulkPath = "/ofrep/v1/evaluate/flags";
const flagPrefix = `${bulkPath}/`;
const waitMs = 1000;

/** Makes the lane that serves the OpenFeature Remote Evaluation Protocol, version 0.3.0. */
export function createOfrep(options: OfrepOptions): OfrepLane {
  const lane = new Ofrep(options);
  return (request, response, path, added) => path.startsWith(root) && lane.handle({ request, response, added }, path);
}

class Ofrep {
  readonly #flags: Flags;
  readonly #orgFrom: OrgFrom;
  readonly #visitors: Visitors | undefined;
  readonly #maxBodyBytes: number;
  readonly #burst: OfrepOptions["burst"];
  readonly #observer: CallObserver;
  readonly #desk: AnswerDesk;
  readonly #events: EventStreams;
  readonly #admit: OfrepOptions["admit"];

  constructor(options: OfrepOptions) {
    const { flags, orgFrom, visitors, maxBodyBytes, stalledStreamMs, shutdownSignal, burst, logger } = options;
    this.#admit = options.admit;
    this.#flags = flags;
    this.#orgFrom = orgFrom;
    this.#visitors = visitors;
    this.#maxBodyBytes = maxBodyBytes;
    this.#burst = burst;
    this.#observer = options.observer;
    this.#desk = new AnswerDesk(flags, logger, visitors?.areAllKnown !== true);
    this.#events = new EventStreams(flags, this.#desk, stalledStreamMs, shutdownSignal);
  }

  handle(request: Exchange, path: string): true {
    const exchange = { ...request, observed: this.#observer.begin(operationOf(path), request.request) };
    try {
      this.#admit?.(exchange.request);
      this.#serve(exchange, path);
    } catch (error) {
      exchange.request.resume();
      this.#desk.fail(exchange, error);
    }
    return true;
  }

  #serve(exchange: ObservedExchange, path: string): void {
    if (isSegmentAfter(flagPrefix, path)) {
      this.#flag(exchange, path.slice(flagPrefix.length));
    } else if (path === bulkPath) {
      this.#bulk(exchange);
    } else if (isSegmentAfter(eventsPrefix, path)) {
      this.#openEvents(exchange, path);
    } else {
      this.#desk.refuse(exchange, notServed(404, `path: expected ${flagPrefix}{key} or ${bulkPath}`));
    }
  }

  #flag(exchange: ObservedExchange, segment: string): void {
    if (!this.#isMethod(exchange, ["POST"])) {
      return;
    }
    const key = percentDecode(segment);
    this.#receive(exchange, key ?? segment, (bytes, visitor) => {
      if (key === undefined) {
        throw badRequest("key: expected escapes (%XX) of UTF-8");
      }
      const orgId = organisationOf(contextOf(bytes), this.#orgFrom);
      requireFlagKey(key);
      visitor?.requireNamed(orgId, key);
      return whenReady(this.#flags.evaluate(orgId, key), (flag) =>
        jsonAnswer(200, flagAnswer(orgId, key, flag, flag.revision)),
      );
    });
  }

  #bulk(exchange: ObservedExchange): void {
    if (!this.#isMethod(exchange, ["POST"])) {
      return;
    }
    const { headers } = exchange.request;
    this.#receive(exchange, undefined, (bytes, visitor) => {
      const orgId = organisationOf(contextOf(bytes), this.#orgFrom);
      visitor?.requireNamed(orgId);
      return whenReady(this.#flags.evaluateAll(orgId, visitor?.scope), (all) =>
        bulkAnswer(headers, bytes, { orgId, visitor }, all),
      );
    });
  }

  #openEvents(exchange: ObservedExchange, path: string): void {
    if (!this.#isMethod(exchange, ["GET", "HEAD"])) {
      return;
    }
    const asked = readEventsRequest(exchange.request, path);
    const opened = whenReady(this.#visitors?.of(exchange.request, asked.ticket), (visitor) => {
      visitor?.requireNamed(asked.orgId);
      this.#events.open(exchange, { ...asked, scope: visitor?.scope ?? everything }, visitor);
    });
    if (opened instanceof Promise) {
      opened.catch((error: unknown) => this.#desk.fail(exchange, error));
    }
  }

  #receive(
    exchange: ObservedExchange,
    key: string | undefined,
    answer: (bytes: Buffer, visitor: Visitor | undefined) => Awaitable<Answer>,
  ): void {
    receiveJson(exchange.request, this.#maxBodyBytes, {
      received: (bytes) => {
        const make = () =>
          whenReady(this.#visitors?.of(exchange.request), (visitor) =>
            whenReady(this.#awaitRevision(exchange), () => answer(bytes, visitor)),
          );
        this.#burst.add(() => this.#desk.proceed(exchange, make, key));
      },
      fail: (error) => this.#desk.fail(exchange, error, key),
    });
  }

  /** Waits for the revision that the client has heard of elsewhere, if there is one. */
  #awaitRevision({ request: { headers, url = "" } }: ObservedExchange): Awaitable<void> {
    const minimum = headers["orgflags-min-revision"]?.toString();
    const told = url.includes("?") ? new URLSearchParams(url.slice(url.indexOf("?"))).get("flagConfigEtag") : null;
    if (minimum === undefined && told === null) {
      return undefined;
    }
    const revisions = [
      minimum === undefined ? 0 : revisionOf("orgflags-min-revision", minimum),
      told === null ? 0 : revisionOf("flagConfigEtag", told),
    ];
    return this.#flags.atLeast(Math.max(...revisions), waitMs);
  }

  #isMethod(exchange: ObservedExchange, allowed: readonly string[]): boolean {
    const { method = "" } = exchange.request;
    if (allowed.includes(method)) {
      return true;
    }
    const allow = [...allowed, "OPTIONS"].join(", ");
    if (method === "OPTIONS") {
      send(exchange, { status: 204, headers: { allow } });
      exchange.observed.end(0);
    } else {
      const refusal = notServed(405, `method ${method}: expected ${allowed.join(" or ")}`);
      this.#desk.refuse(exchange, { ...refusal, headers: { allow } });
    }
    return false;
  }
}

/** What a path asks for, as metrics and the log call it. */
function operationOf(path: string): string {
  if (path === bulkPath) {
    return "EvaluateFlags";
  }
  return isSegmentAfter(flagPrefix, path) ? "EvaluateFlag" : isSegmentAfter(eventsPrefix, path) ? "Events" : "Unknown";
}

function isSegmentAfter(prefix: string, path: string): boolean {
  return path.length > prefix.length && path.startsWith(prefix) && !path.includes("/", prefix.length);
}
