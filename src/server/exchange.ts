import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { AddedHeaders } from "../transcoding/transcoder.ts";

/** A request, by HTTP/1.1 or by HTTP/2. */
export type Request = IncomingMessage | Http2ServerRequest;

/** The response to it. */
export type Response = ServerResponse | Http2ServerResponse;

/**
 * A way in: answers the request and says true, or says false and leaves it untouched to the next one. `path` is the
 * raw target before its first `?`.
 */
export type Lane = (request: Request, response: Response, path: string, added: AddedHeaders | undefined) => boolean;
