import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Limits } from "./limits.ts";
import type { ProtocolServer } from "./port.ts";

const longestSweepMs = 5000;
const drainSweepMs = 20;
// A GOAWAY with the highest stream id says that the end is near, without refusing what is on its way (RFC 9113, 6.8).
const highestStreamId = 2 ** 31 - 1;

interface Watched {
  /** The streams of the session, each with the time by which its request should have arrived. */
  readonly open: Map<ServerHttp2Stream, number>;
  /** Since when there are no streams; it counts only while there are none. */
  idleSince: number;
}

/**
 * Watches over the sessions of a server: closes those without requests, cancels requests that take too long to arrive
 * (unless their path is open-ended), and ends the sessions when the server drains.
 */
export function watchSessions(
  server: Http2Server,
  limits: Limits,
  isOpenEnded: (path: string) => boolean,
): Pick<ProtocolServer, "drain" | "close"> {
  const sessions = new Map<ServerHttp2Session, Watched>();
  let isDraining = false;

  server.on("session", (session) => {
    const watched: Watched = { open: new Map(), idleSince: performance.now() };
    sessions.set(session, watched);
    session.once("close", () => sessions.delete(session));
    session.on("stream", (stream, headers) => {
      const isPatient = isOpenEnded(headers[":path"] ?? "");
      watched.open.set(stream, isPatient ? Number.POSITIVE_INFINITY : performance.now() + limits.requestTimeoutMs);
      stream.once("close", () => {
        watched.open.delete(stream);
        watched.idleSince = performance.now();
        if (isDraining && watched.open.size === 0) {
          session.close();
        }
      });
    });
  });

  // A session's own timeout would hold on to it long after it is gone.
  const sweep = () => {
    const now = performance.now();
    for (const [session, { open, idleSince }] of sessions) {
      closeOverdue(open, now);
      if (open.size === 0 && now - idleSince > limits.idleTimeoutMs) {
        session.close();
      }
    }
  };
  const sweepMs = Math.min(limits.requestTimeoutMs, limits.idleTimeoutMs, longestSweepMs);
  let sweeping = setInterval(sweep, sweepMs).unref();

  return {
    drain() {
      isDraining = true;
      clearInterval(sweeping);
      sweeping = setInterval(sweep, drainSweepMs);
      // Not before what has already arrived is read.
      setImmediate(() => {
        for (const [session, { open }] of sessions) {
          end(session, open.size === 0);
        }
      });
    },
    close: () => clearInterval(sweeping),
  };
}

// A client that still sends after the whole answer is told that it need not go on (RFC 9113, 8.1); one whose request
// takes too long is cut off. There is no event for either.
function closeOverdue(open: Watched["open"], now: number): void {
  for (const [stream, deadline] of open) {
    if (stream.state.localClose === 1) {
      stream.close(constants.NGHTTP2_NO_ERROR);
    } else if (now > deadline && !stream.readableEnded) {
      stream.close(constants.NGHTTP2_CANCEL);
    }
  }
}

// Streams that the client opens before it knows of the end are served: they come before its answer to the ping. Only
// with streams under way, though: without any, a session that has sent GOAWAY does not read on.
function end(session: ServerHttp2Session, isIdle: boolean): void {
  if (isIdle || session.destroyed) {
    session.close();
  } else {
    session.goaway(constants.NGHTTP2_NO_ERROR, highestStreamId);
    session.ping(() => session.close());
  }
}
