import { constants, type Http2Server, type Http2Session, type ServerHttp2Stream } from "node:http2";
import { Http2Stalls } from "./http2-stalls.ts";
import type { Limits } from "./limits.ts";
import { Ongoing } from "./ongoing.ts";
import type { ProtocolServer } from "./port.ts";

const longestSweepMs = 5000;
const drainSweepMs = 20;
// A GOAWAY with the highest stream id says that the end is near, without refusing what is on its way (RFC 9113, 6.8).
const highestStreamId = 2 ** 31 - 1;

interface Watched {
  readonly open: Ongoing<ServerHttp2Stream>;
  /** Whether a stream has begun since the last sweep. */
  isBusy: boolean;
  /** The first sweep that found no stream after there were any. */
  idleSince: number;
}

/** What watches over the sessions of a server. */
export interface SessionWatch extends Pick<ProtocolServer, "drain" | "close"> {
  /** To be told of every stream that a client opens, with its path. */
  begin(stream: ServerHttp2Stream, path: string): void;
}

/**
 * Watches over the sessions of a server: closes those without requests, cancels requests that take too long to arrive
 * (unless their path is open-ended), cuts off what clients do not take, lets go of what they have reset, and ends the
 * sessions when the server drains. It looks from time to time, at least once in each of the limits, so that each of them
 * may be passed by as much.
 */
export function watchSessions(
  server: Http2Server,
  limits: Limits,
  isOpenEnded: (path: string) => boolean,
): SessionWatch {
  const sessions = new Map<Http2Session, Watched>();
  /** By when a request should have arrived; a stream that is not here has begun since the last sweep. */
  const deadlines = new WeakMap<ServerHttp2Stream, number>();
  /** Streams that were closed at the last sweep, and should have been gone by then. */
  const forgotten = new WeakSet<ServerHttp2Stream>();
  let isDraining = false;

  server.on("session", (session) => {
    sessions.set(session, { open: new Ongoing(isOver), isBusy: false, idleSince: performance.now() });
    session.once("close", () => sessions.delete(session));
  });

  const stalls = new Http2Stalls(server, limits.stalledStreamMs);

  // A session's own timeout would hold on to it long after it is gone.
  const sweep = () => {
    const now = performance.now();
    for (const [session, watched] of sessions) {
      const open = watched.open.all;
      for (const stream of open) {
        closeOverdue(stream, deadlineOf(stream, now), now);
        letGo(stream, forgotten);
        stalls.look(stream, now);
      }
      if (open.length > 0 || watched.isBusy) {
        watched.idleSince = now;
      } else if (now - watched.idleSince > limits.idleTimeoutMs) {
        session.close();
      }
      watched.isBusy = false;
    }
  };
  const deadlineOf = (stream: ServerHttp2Stream, now: number): number => {
    const deadline = deadlines.get(stream) ?? now + limits.requestTimeoutMs;
    deadlines.set(stream, deadline);
    return deadline;
  };
  const { requestTimeoutMs, idleTimeoutMs, stalledStreamMs } = limits;
  const sweepMs = Math.min(requestTimeoutMs, idleTimeoutMs, stalledStreamMs, longestSweepMs);
  let sweeping = setInterval(sweep, sweepMs).unref();

  return {
    begin(stream, path) {
      const { session } = stream;
      const watched = session === undefined ? undefined : sessions.get(session);
      if (session === undefined || watched === undefined) {
        return;
      }
      watched.open.add(stream);
      watched.isBusy = true;
      if (isOpenEnded(path)) {
        deadlines.set(stream, Number.POSITIVE_INFINITY);
      }
      if (isDraining) {
        closeBehind(stream, session, watched.open);
      }
    },
    drain() {
      isDraining = true;
      clearInterval(sweeping);
      sweeping = setInterval(sweep, drainSweepMs);
      for (const [session, { open }] of sessions) {
        for (const stream of open.all) {
          closeBehind(stream, session, open);
        }
      }
      // Not before what has already arrived is read.
      setImmediate(() => {
        for (const [session, { open }] of sessions) {
          end(session, open.all.length === 0);
        }
      });
    },
    close: () => clearInterval(sweeping),
  };
}

function closeBehind(stream: ServerHttp2Stream, session: Http2Session, open: Watched["open"]): void {
  stream.once("close", () => {
    if (open.all.length === 0) {
      session.close();
    }
  });
}

function isOver(stream: ServerHttp2Stream): boolean {
  return stream.destroyed;
}

// A client that still sends after the whole answer is told that it need not go on (RFC 9113, 8.1); one whose request
// takes too long is cut off. There is no event for either.
function closeOverdue(stream: ServerHttp2Stream, deadline: number, now: number): void {
  if (stream.state.localClose === 1) {
    stream.close(constants.NGHTTP2_NO_ERROR);
  } else if (now > deadline && !stream.readableEnded) {
    stream.close(constants.NGHTTP2_CANCEL);
  }
}

// A stream that is reset while its request stands unread may wait for ever to be read, and its session with it, which then
// does not even hear that the client has left. What still has something to say is another's concern.
function letGo(stream: ServerHttp2Stream, forgotten: WeakSet<ServerHttp2Stream>): void {
  if (!stream.closed || stream.writableLength > 0) {
    return;
  }
  if (forgotten.has(stream)) {
    stream.destroy();
  }
  forgotten.add(stream);
}

// Streams that the client opens before it knows of the end are served: they come before its answer to the ping. Only
// with streams under way, though: without any, a session that has sent GOAWAY does not read on.
function end(session: Http2Session, isIdle: boolean): void {
  if (isIdle || session.destroyed) {
    session.close();
  } else {
    session.goaway(constants.NGHTTP2_NO_ERROR, highestStreamId);
    session.ping(() => session.close());
  }
}
