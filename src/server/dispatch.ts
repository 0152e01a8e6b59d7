import { Code } from "@connectrpc/connect";
import type { Logger } from "../rpc/logger.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import { hostFault, toOriginForm } from "./host.ts";
import { answerFailure, answerStatus } from "./status-answer.ts";

/** Makes the listener of both servers: checks the host and offers the request to the lanes, in their order. */
export function createDispatcher(lanes: readonly Lane[], logger: Logger): (req: Request, res: Response) => void {
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
    const path = pathOf(request.url ?? "");
    if (!lanes.some((lane) => lane(request, response, path))) {
      answerStatus(response, 404, Code.NotFound, "there is nothing here");
    }
  };
  return (request, response) => {
    try {
      dispatch(request, response);
    } catch (error) {
      // Whatever a request can provoke, it costs that request alone.
      logger.error({ err: error }, "a request could not be dispatched");
      answerFailure(response);
    }
  };
}

function pathOf(target: string): string {
  const end = target.indexOf("?");
  return end === -1 ? target : target.slice(0, end);
}
