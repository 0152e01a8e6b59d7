import http2, { type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { Code } from "@connectrpc/connect";
import { calmSessions } from "./http2-calm.ts";
import { watchSessions } from "./http2-sessions.ts";
import type { Limits } from "./limits.ts";
import type { ProtocolServer } from "./port.ts";
import { answerStatus, refuseExpectation } from "./status-answer.ts";
import { offerStreams, type StreamLane } from "./unary/stream-lane.ts";

/**
 * Makes the HTTP/2 side of the port. `isOpenEnded` says for a path whether its requests may take for ever; what the
 * lane of streams takes does not come to the listener.
 */
export function createHttp2(
  listener: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  limits: Limits,
  isOpenEnded: (path: string) => boolean,
  lane?: StreamLane,
): ProtocolServer {
  const isTooLarge = (rawHeaders: readonly string[]) => headBytes(rawHeaders) > limits.maxHeaderBytes;
  const server = http2.createServer(
    {
      settings: { maxConcurrentStreams: limits.maxConcurrentStreams, maxHeaderListSize: limits.maxHeaderBytes },
      maxHeaderListPairs: limits.maxHeaders,
      maxSessionInvalidFrames: limits.http2InvalidFrames,
      maxSessionRejectedStreams: limits.http2InvalidFrames,
      // Resets that are forgiven at once, and then each second: what nghttp2 holds against "rapid reset".
      streamResetBurst: limits.http2Resets.burst,
      streamResetRate: limits.http2Resets.perSecond,
    },
    // The setting of that name above binds the client from when it has acknowledged it.
    (request, response) => {
      if (isTooLarge(request.rawHeaders)) {
        answerStatus(response, 431, Code.ResourceExhausted, "the request's head is too large");
      } else {
        listener(request, response);
      }
    },
  );
  server.on("checkExpectation", (_request, response) => refuseExpectation(response));
  server.on("connect", (_request, response) => {
    answerStatus(response, 400, Code.Unimplemented, "CONNECT is not served");
  });
  calmSessions(server, limits.http2ControlFrames);
  const sessions = watchSessions(server, limits, isOpenEnded);
  offerStreams(server, (stream, headers, rawHeaders) => {
    sessions.begin(stream, headers[":path"] ?? "");
    return lane !== undefined && !isTooLarge(rawHeaders) && lane(stream, headers, rawHeaders);
  });
  return {
    accept(socket) {
      // A session does not end its side when the client has ended: the socket must.
      socket.allowHalfOpen = false;
      // What stands in the paused connection's buffer the session reads itself, in the next tick.
      server.emit("connection", socket);
    },
    drain: sessions.drain,
    close: sessions.close,
  };
}

/** The size of a head without its compression (RFC 9113, 6.5.2: 32 bytes more for each field). */
function headBytes(rawHeaders: readonly string[]): number {
  let bytes = 0;
  for (const nameOrValue of rawHeaders) {
    bytes += nameOrValue.length + 16;
  }
  return bytes;
}
