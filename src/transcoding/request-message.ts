import { create, type Message } from "@bufbuild/protobuf";
import { chooseStreamForm } from "./accept.ts";
import { type HttpRequest, mayHaveBody, readBody } from "./body.ts";
import { checkContentEncoding, decompress, isCompressed } from "./decompress.ts";
import { readHttpBody } from "./http-body.ts";
import { bindLastEventId } from "./http-stream.ts";
import { checkContentType, type JsonBodyOptions, readJsonBody } from "./json-body.ts";
import { bindPath } from "./path-binding.ts";
import { bindQuery } from "./query.ts";
import { badRequest, type RequestFault } from "./request-fault.ts";
import type { ServedRoute } from "./route.ts";
import type { Path } from "./target.ts";

/** What a request is made of, but for its body. */
export interface Incoming {
  readonly request: HttpRequest;
  readonly route: ServedRoute;
  readonly path: Path;
  readonly query: string;
}

/** Takes the bytes of a body, decompressed; `undefined` for none. */
export interface BytesSink {
  received(bytes: Buffer | undefined): void;
  fail(fault: unknown): void;
  gone(): void;
}

/**
 * Makes the request message: the body first, then the path over it, then the query, then the last event of a stream of
 * events. Throws `RequestFault`.
 */
export function readMessage(incoming: Incoming, bytes: Buffer | undefined, options: JsonBodyOptions): Message {
  const { route, path, query } = incoming;
  const { template, variables } = route.details;
  const message = bytes === undefined ? create(route.method.input) : parseBody(incoming, bytes, options);
  if (variables.length > 0) bindPath(message, variables, path, template.segments.length);
  if (query !== "") bindQuery(message, query, route.queryScope);
  const lastEventId = route.stream?.lastEventId;
  const { headers } = incoming.request;
  if (lastEventId !== undefined && chooseStreamForm(headers.accept) === "sse") {
    bindLastEventId(message, lastEventId, headers["last-event-id"]);
  }
  return message;
}

/** Reads the bytes of the body, within the limit also once they are decompressed; calls the sink once, maybe at once. */
export function receiveBody(incoming: Incoming, limit: number, sink: BytesSink): void {
  const { request, route } = incoming;
  if (!mayHaveBody(request)) {
    sink.received(undefined);
    return;
  }
  const received = (bytes: Buffer): void => sink.received(bytes.length === 0 ? undefined : bytes);
  readBody(request, limit, refuseBody(request, route), {
    received: (body) => {
      const coding = request.headers["content-encoding"];
      if (body === undefined || !isCompressed(coding)) sink.received(body);
      else decompress(coding, body, limit).then(received, (fault) => sink.fail(fault));
    },
    refused: (fault) => sink.fail(fault),
    gone: () => sink.gone(),
  });
}

function refuseBody(request: HttpRequest, route: ServedRoute): RequestFault | undefined {
  if (route.details.body === undefined) return badRequest("body: expected none, the rule has no body");
  const encodingFault = checkContentEncoding(request.headers["content-encoding"]);
  return encodingFault ?? (route.rawRequest ? undefined : checkContentType(request.headers["content-type"]));
}

function parseBody({ request, route }: Incoming, bytes: Buffer, options: JsonBodyOptions): Message {
  const { input } = route.method;
  const { body } = route.details;
  if (body === undefined) return create(input);
  if (route.rawRequest) return readHttpBody(input, body, bytes, request.headers["content-type"]);
  return readJsonBody(input, body, bytes, options);
}
