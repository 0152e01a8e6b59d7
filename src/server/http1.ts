import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Code } from "@connectrpc/connect";
import type { Burst } from "./burst.ts";
import { watchAnswers } from "./http1-stalls.ts";
import type { Limits } from "./limits.ts";
import { Ongoing } from "./ongoing.ts";
import { Pipelines } from "./pipelines.ts";
import type { ProtocolServer } from "./port.ts";
import { answerStatus, rawStatus, refuseExpectation } from "./status-answer.ts";

const longestCheckMs = 5000;
const lingerMs = 500;

/** Makes the HTTP/1.1 side of the port. */
export function createHttp1(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  limits: Limits,
  burst: Burst,
): ProtocolServer {
  const open = new Ongoing(isOver);
  const pipelines = new Pipelines(limits.maxConcurrentStreams, isOver);
  const stalls = watchAnswers(open, limits);
  let isDraining = false;

  const server = http.createServer({
    requireHostHeader: false, // The dispatcher checks it, and words the answer.
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs, longestCheckMs),
  });

  // The platform would leave out silently what is more: so one more is read, and the request refused.
  server.maxHeadersCount = limits.maxHeaders + 1;

  const closeIdle = () => setImmediate(() => server.closeIdleConnections());

  const closeBehind = (response: ServerResponse): void => {
    response.shouldKeepAlive = false;
    response.once("close", closeIdle);
  };

  const track = (response: ServerResponse): void => {
    open.add(response);
    if (response.socket === null) {
      pipelines.add(response);
    }
    if (isDraining) {
      closeBehind(response);
    }
  };

  server.on("request", (request, response) => {
    track(response);
    if (request.rawHeaders.length > 2 * limits.maxHeaders) {
      request.resume();
      answerStatus(response, 431, Code.ResourceExhausted, "the request has too many header fields");
      return;
    }
    listener(request, response);
  });
  server.on("checkExpectation", (_request, response) => {
    track(response);
    refuseExpectation(response);
  });
  server.on("connect", (_request, socket: Socket) => {
    burst.flush();
    refuse(socket, { status: 400, code: Code.Unimplemented, message: "CONNECT is not served" });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // What came before it on this connection is answered first.
    burst.flush();
    const isAnswering = open.all.some((response) => response.socket === socket && response.headersSent);
    if (isAnswering || socket.errored) {
      socket.destroySoon();
    } else if (socket.writable) {
      refuse(socket, refusalOf(error.code));
    }
  });
  // It never listens itself, but what watches over slow requests starts with this event.
  server.emit("listening");

  return {
    accept(socket) {
      server.emit("connection", socket);
      socket.resume();
    },
    drain() {
      isDraining = true;
      for (const response of open.all) {
        closeBehind(response);
      }
      // Not before what has already arrived is read.
      closeIdle();
    },
    close() {
      server.close();
      stalls.stop();
    },
  };
}

/** Versions of Node before 26 do not close, with its connection, a response that waits for its turn behind another one. */
function isOver(response: ServerResponse): boolean {
  return response.closed || response.req.socket.destroyed;
}

interface Refusal {
  readonly status: number;
  readonly code: Code;
  readonly message: string;
}

function refusalOf(errorCode: string | undefined): Refusal {
  switch (errorCode) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, code: Code.DeadlineExceeded, message: "the request took too long to arrive" };
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code: Code.ResourceExhausted, message: "the request's head is too large" };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, code: Code.ResourceExhausted, message: "the request's chunk extensions are too large" };
    default:
      return { status: 400, code: Code.InvalidArgument, message: "this is no HTTP request" };
  }
}

// Closing while the client still sends would reset the connection, and could take the answer with it: so the answer
// is ended first, and what comes for a moment longer is thrown away.
function refuse(socket: Socket, { status, code, message }: Refusal): void {
  socket.end(rawStatus(status, code, message));
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("end", () => socket.destroy());
  socket.once("close", () => clearTimeout(linger));
}
