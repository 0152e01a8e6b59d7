import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** A way in for HTTP/2, before a request is made of the stream: answers and says true, or leaves it untouched. */
export type StreamLane = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
) => boolean;

/** Offers each stream of a server to the lane, before the server makes a request of it. */
export function offerStreams(server: Http2Server, lane: StreamLane): void {
  // The listener by which the platform makes requests; it is there as soon as one for requests is.
  const [toRequest, ...others] = server.listeners("stream");
  if (toRequest === undefined || others.length > 0) {
    throw new TypeError("the server must have one listener for streams: that of its requests");
  }
  server.removeAllListeners("stream");
  server.on("stream", (stream, headers, flags, rawHeaders) => {
    // A server has streams of no other kind.
    if (!lane(stream as ServerHttp2Stream, headers, rawHeaders)) {
      toRequest.call(server, stream, headers, flags, rawHeaders);
    }
  });
}
