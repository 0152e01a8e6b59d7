import type { OutgoingHttpHeaders } from "node:http";
import { Code, ConnectError, type ContextValues, createConnectRouter } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { noteCounted } from "../rpc/counted-call.ts";
import type { Logger } from "../rpc/logger.ts";
import { valuesOfRequest } from "../rpc/peer.ts";
import type { Procedure } from "../rpc/procedure.ts";
import { type AdmitCall, refusalOfCall } from "./call-admission.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import { withPlainMessage } from "./grpc-message.ts";
import { authorityOf } from "./host.ts";
import { protocolOfCall, refuseCall } from "./refused-call.ts";
import { answerAllowed, answerFailure, answerStatus, setHeaders } from "./status-answer.ts";
import { dropEndlessTimeout } from "./timeout-header.ts";
import { blameForUnread, notingRead } from "./unread-request.ts";
import { WatchedBody } from "./watched-body.ts";

const noJson = new ConnectError("the message is no JSON: a character stands where none may", Code.InvalidArgument);

/** What the lane serves, and within which bounds. */
export interface ConnectLaneOptions {
  readonly procedures: readonly Procedure[];
  readonly maxBodyBytes: number;
  /** See `Limits`. */
  readonly stalledStreamMs: number;
  /** Ends streams; unary calls in flight do not notice it. */
  readonly shutdownSignal: AbortSignal;
  readonly logger: Logger;
  /** Counts calls before they are read: nobody knows what will come of them. */
  readonly admitCall?: AdmitCall | undefined;
  /** Told of calls that are not admitted. */
  readonly onRefusal?: ((protocol: string, code: Code) => void) | undefined;
}

/**
 * Makes the lane that serves procedures by way of connect-node: every protocol, codec and compression, streams
 * included.
 */
export function createConnectLane(options: ConnectLaneOptions): Lane {
  const { procedures, maxBodyBytes, stalledStreamMs, shutdownSignal, logger, admitCall, onRefusal } = options;
  const acceptCompression = [compressionGzip, compressionBrotli];
  const router = createConnectRouter({ acceptCompression, readMaxBytes: maxBodyBytes, shutdownSignal });
  for (const { method, impl } of procedures.map(notingRead)) {
    // A procedure's implementation is of its method's kind; the union of the kinds cannot tell.
    router.rpc(method, impl as never);
  }
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response, path, added) => {
    const handler = handlers.get(path);
    if (handler === undefined) {
      return false;
    }
    const refusal = refusalOfCall(admitCall, request, path);
    if (refusal !== undefined) {
      onRefusal?.(protocolOfCall(request), refusal.code);
      refuseCall(request, response, refusal, added);
    } else if (!handler.allowedMethods.includes(request.method ?? "")) {
      answerAllowed(response, request.method, [...handler.allowedMethods], added);
    } else if (authorityOf(request) === undefined) {
      answerStatus(response, 400, Code.InvalidArgument, "the request must name the host", added);
    } else {
      // They go out with the head that connect-node writes.
      setHeaders(response, added ?? {});
      const refuse = (error: unknown): void => {
        if (isUnspeakable(error) && !response.headersSent) {
          refuseCall(request, response, noJson, added);
          return;
        }
        // Nearly always the client, gone in the middle: everything else the handlers answer themselves.
        logger.debug({ err: error, path }, "a call could not be answered");
        answerFailure(response);
      };
      serve(handler, request, response, stalledStreamMs)
        .catch(refuse)
        .catch(() => answerFailure(response));
    }
    return true;
  };
}

async function serve(
  handler: UniversalHandler,
  request: Request,
  response: Response,
  stalledStreamMs: number,
): Promise<void> {
  const values = noteCounted(valuesOfRequest(request));
  const answer = await blameForUnread(await handler(universalRequest(request, response, values)), values);
  if (answer.status === 415) {
    response.setHeader("accept-post", acceptedTypes(handler));
  }
  // What of the body the handler left unread is thrown away: the connection is still good for the next request.
  ("stream" in request ? request.stream : response).once("finish", () => request.resume());
  const addTrailers = response.addTrailers.bind(response);
  response.addTrailers = (trailers: OutgoingHttpHeaders) => addTrailers(withPlainMessage(trailers));
  const body = answer.body && new WatchedBody(answer.body, response, stalledStreamMs);
  await universalResponseToNodeResponse(body === undefined ? answer : { ...answer, body }, response);
}

/**
 * Whether connect-es failed to write down its own refusal of a message: where V8 can't parse JSON it quotes from it, half
 * a character at times, and that can't be percent-encoded as gRPC has it.
 */
function isUnspeakable(error: unknown): boolean {
  return error instanceof URIError;
}

function universalRequest(request: Request, response: Response, values: ContextValues): UniversalServerRequest {
  const universal = universalRequestFromNodeRequest(request, response, undefined, values);
  dropEndlessTimeout(universal.header);
  // connect-node's own iterator destroys the connection when a body is refused, before the refusal is sent.
  return { ...universal, body: request.iterator({ destroyOnReturn: false }) };
}

function acceptedTypes({ supportedContentType, method }: UniversalHandler): string {
  const prefixes = method.methodKind === "unary" ? ["application/"] : ["application/connect+"];
  const connect = prefixes.flatMap((prefix) => [`${prefix}json`, `${prefix}proto`]);
  const grpc = ["application/grpc", "application/grpc-web", "application/grpc-web-text"];
  return [...connect, ...grpc].filter((type) => supportedContentType(type)).join(", ");
}
