import { constants, type Http2Server } from "node:http2";
import { type Rate, RateLimiter } from "../rpc/rate-limiter.ts";

/**
 * Ends sessions whose clients send more pings and settings than the rate allows: each costs the client next to nothing,
 * and has to be answered.
 */
export function calmSessions(server: Http2Server, rate: Rate): void {
  server.on("session", (session) => {
    const frames = new RateLimiter(rate, "this connection", 1);
    const count = (): void => {
      if (frames.take("") > 0) {
        session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }
    };
    session.on("ping", count);
    session.on("remoteSettings", count);
  });
}
