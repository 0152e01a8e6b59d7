import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { ObservedAnswer } from "./response-check.ts";

/** What both kinds of response let be watched: everything that is written. */
interface Writable {
  write(chunk: unknown, ...rest: unknown[]): boolean;
  end(chunk?: unknown, ...rest: unknown[]): unknown;
  once(event: "finish", listener: () => void): unknown;
}

/**
 * Watches what the servers of this process answer, or the one on a port, over HTTP/1.1 and HTTP/2, by the channels that
 * Node publishes requests on. Answers that were cut off are not told of. Returns the function that ends it.
 */
export function observeAnswers(
  onAnswer: (answer: ObservedAnswer) => void,
  port?: number,
  isObserved: (target: string, headers: IncomingHttpHeaders) => boolean = isRest,
): () => void {
  const onRequest = (message: unknown): void => {
    // The shape of this channel's messages, see the documentation of node:diagnostics_channel.
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (port !== undefined && request.socket.localPort !== port) return;
    // Lanes may change the request.
    const { method = "", url: target = "", headers } = request;
    const sent = watchHead(response);
    watch(response, (body) => {
      const { statusCode: status } = response;
      if (isObserved(target, headers)) onAnswer({ method, target, status, headers: sent(), body });
    });
  };
  const onStream = (message: unknown): void => {
    // As above.
    const { stream, headers } = message as { stream: ServerHttp2Stream; headers: IncomingHttpHeaders };
    if (port !== undefined && stream.session?.socket.localPort !== port) return;
    const { ":method": method = "", ":path": target = "" } = headers;
    watch(stream, (body) => {
      const sent: OutgoingHttpHeaders = stream.sentHeaders;
      if (isObserved(target, headers)) {
        onAnswer({ method, target, status: Number(sent[":status"]), headers: { ...sent }, body });
      }
    });
  };
  subscribe("http.server.request.start", onRequest);
  subscribe("http2.server.stream.start", onStream);
  return () => {
    unsubscribe("http.server.request.start", onRequest);
    unsubscribe("http2.server.stream.start", onStream);
  };
}

/** Not the RPC protocols, whose first segment is a service, nor what has a document of its own or is beside the API. */
function isRest(target: string, headers: IncomingHttpHeaders): boolean {
  const isRpc = /^\/[^/?]*\./.test(target) || /^application\/(?:grpc|connect)/.test(headers["content-type"] ?? "");
  return !isRpc && !/^\/(?:healthz|readyz|metrics|openapi\.json|(?:docs|ofrep)(?:\/[^?]*)?)(?:\?|$)/.test(target);
}

/** Headers that are given with the status alone are nowhere to be read later. */
function watchHead(response: ServerResponse): () => OutgoingHttpHeaders {
  let given: OutgoingHttpHeaders = {};
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const last = rest.at(-1);
    // All who serve here give an object, if anything.
    given = typeof last === "object" ? { ...(last as OutgoingHttpHeaders) } : {};
    // The overloads differ in what `rest` is; it goes on as it came.
    return writeHead(status, ...(rest as []));
  };
  return () => ({ ...response.getHeaders(), ...given });
}

function watch(response: Writable, onFinish: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  response.write = (chunk, ...rest) => {
    keep(chunk);
    return write(chunk, ...rest);
  };
  response.end = (chunk, ...rest) => {
    keep(chunk);
    return end(chunk, ...rest);
  };
  response.once("finish", () => onFinish(Buffer.concat(chunks)));
}
