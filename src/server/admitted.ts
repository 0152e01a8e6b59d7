import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { refusalOf } from "../rpc/errors.ts";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";
import { answerFailure, answerStatus } from "./status-answer.ts";

/** Looks at a request; what it throws, or rejects with, is answered. */
export type Admit = (request: Request) => void | Promise<void>;

/** Puts before lanes what looks at their requests. */
export function admitted(lanes: PathTable, admit: Admit | undefined): PathTable {
  return admit === undefined ? lanes : new Map([...lanes].map(([path, lane]) => [path, behind(admit, lane)]));
}

function behind(admit: Admit, lane: Lane): Lane {
  return (request, response, path, added) => {
    const refuse = (error: unknown): void => {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        throw error;
      }
      request.resume();
      answerRefusal(response, refusal, added);
    };
    const serve = (): void => void lane(request, response, path, added);
    try {
      const waiting = admit(request);
      if (waiting === undefined) {
        serve();
      } else {
        // What nobody has foreseen ends this request alone.
        waiting.then(serve, refuse).catch(() => answerFailure(response, added));
      }
    } catch (error) {
      refuse(error);
    }
    return true;
  };
}

function answerRefusal(response: Response, { code, rawMessage, metadata }: ConnectError, added?: AddedHeaders): void {
  answerStatus(response, codeToHttpStatus(code), code, rawMessage, { ...added, ...Object.fromEntries(metadata) });
}
