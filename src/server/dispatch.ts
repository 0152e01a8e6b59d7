import { Code } from "@connectrpc/connect";
import type { Logger } from "../rpc/logger.ts";
import { withRequestId } from "./answer-id.ts";
import { headersFor } from "./browser-headers.ts";
import type { Burst } from "./burst.ts";
import { type Cors, isPreflight } from "./cors.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import { authorityOf, hostFault, type IsAllowedHost, toOriginForm } from "./host.ts";
import { answerFailure, answerNothing, answerStatus } from "./status-answer.ts";

/** What a dispatcher needs besides lanes. */
export interface DispatcherOptions {
  readonly cors: Cors;
  /** Without it requests may name any host. */
  readonly isAllowedHost?: IsAllowedHost | undefined;
  readonly burst: Burst;
  readonly logger: Logger;
}

/**
 * Makes the listener of both servers: checks the host, answers preflights and offers every other request to the lanes,
 * in their order. What is asked for by GET or HEAD, and so has no body to wait for, is served in bursts.
 */
export function createDispatcher(
  lanes: readonly Lane[],
  { cors, isAllowedHost, burst, logger }: DispatcherOptions,
): (request: Request, response: Response) => void {
  const dispatch = (request: Request, response: Response): void => {
    toOriginForm(request);
    const fault = hostFault(request);
    if (fault !== undefined) {
      if ("shouldKeepAlive" in response) {
        response.shouldKeepAlive = false;
      }
      answerStatus(response, 400, Code.InvalidArgument, fault);
      return;
    }
    const authority = authorityOf(request);
    if (isAllowedHost !== undefined && authority !== undefined && !isAllowedHost(authority)) {
      request.resume();
      answerStatus(response, 421, Code.InvalidArgument, "the host is none that this service is called by");
      return;
    }
    const { method, headers } = request;
    const added = withRequestId(headersFor(cors(method, headers), method, headers), headers);
    if (isPreflight(method, headers)) {
      answerNothing(response, added);
      return;
    }
    const path = pathOf(request.url ?? "");
    for (const lane of lanes) {
      if (lane(request, response, path, added)) {
        return;
      }
    }
    answerStatus(response, 404, Code.NotFound, "there is nothing here", added);
  };
  const serve = (request: Request, response: Response): void => {
    try {
      dispatch(request, response);
    } catch (error) {
      // Whatever a request can provoke, it costs that request alone.
      logger.error({ err: error }, "a request could not be dispatched");
      answerFailure(response);
    }
  };
  return (request, response) => {
    if (request.method === "GET" || request.method === "HEAD") {
      burst.add(() => serve(request, response));
    } else {
      if (isPipelined(response)) {
        burst.flush();
      }
      serve(request, response);
    }
  };
}

/** Whether the response waits for that of a request which the same connection has sent before. */
function isPipelined(response: Response): boolean {
  return response.socket === null;
}

function pathOf(target: string): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}
