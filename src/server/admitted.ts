import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { refusalOf } from "../rpc/errors.ts";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";
import { answerStatus } from "./status-answer.ts";

/** Puts before lanes what looks at their requests; what it throws is answered. */
export function admitted(lanes: PathTable, admit: ((request: Request) => void) | undefined): PathTable {
  return admit === undefined ? lanes : new Map([...lanes].map(([path, lane]) => [path, behind(admit, lane)]));
}

function behind(admit: (request: Request) => void, lane: Lane): Lane {
  return (request, response, path, added) => {
    try {
      admit(request);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        throw error;
      }
      request.resume();
      answerRefusal(response, refusal, added);
      return true;
    }
    return lane(request, response, path, added);
  };
}

function answerRefusal(response: Response, { code, rawMessage, metadata }: ConnectError, added?: AddedHeaders): void {
  answerStatus(response, codeToHttpStatus(code), code, rawMessage, { ...added, ...Object.fromEntries(metadata) });
}
