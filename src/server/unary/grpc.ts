import type { IncomingHttpHeaders } from "node:http";
import { compressedFlag } from "@connectrpc/connect/protocol";
import { contentTypeProto, grpcStatusOk, parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { withPlainMessage } from "../grpc-message.ts";
import { bytesOf, compressions, compressMinBytes, negotiate } from "./compression.ts";
import type { UnaryContext } from "./context.ts";
import { EnvelopeReader, prefixBytes } from "./envelope-reader.ts";
import type { Answer, Body } from "./exchange.ts";
import { toNodeHeaders } from "./node-headers.ts";
import type { UnaryProtocol } from "./protocol.ts";
import { readTimeout } from "./timeout.ts";

const timeoutHeader = "grpc-timeout";
const okHeaders = { "content-type": contentTypeProto };
const codedHeaders = new Map(
  compressions.map((compression) => [compression, { ...okHeaders, "grpc-encoding": compression.name }]),
);
const okTrailers = { "grpc-status": grpcStatusOk };

/** gRPC over HTTP/2, with protobuf messages that are not compressed. */
export const grpc: UnaryProtocol = {
  name: "grpc",
  takes: ({ "grpc-encoding": encoding }) => encoding === undefined || encoding === "identity",
  timeoutHeader,
  readTimeout: (header) => readTimeout(header, timeoutHeader, parseTimeout),
  createReader: ({ binary }, _headers, maxBytes) => new EnvelopeReader(binary.parse, maxBytes),
  responseHeader,
  responseTrailer: okTrailers,
  answer(context, { binary }, output) {
    const data = binary.serialize(output);
    const compression = data.length < compressMinBytes ? undefined : negotiate(accepted(context.requestHeaders));
    return compression === undefined
      ? whole(context, envelope(0, data))
      : compression.compress(bytesOf(data)).then((compressed) => whole(context, envelope(compressedFlag, compressed)));
  },
  refuse(context, error) {
    const trailers = setTrailerStatus(context.responseTrailer, error);
    return {
      status: 200,
      headers: toNodeHeaders(context.responseHeader),
      trailers: withPlainMessage(toNodeHeaders(trailers)),
    };
  },
};

/** The encoding is named wherever there is one to agree on, also of answers that are too small to be compressed. */
function responseHeader(requestHeaders: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const compression = negotiate(accepted(requestHeaders));
  return compression === undefined ? okHeaders : (codedHeaders.get(compression) ?? okHeaders);
}

function whole(context: UnaryContext, body: Buffer): Answer {
  if (!context.hasMetadata) {
    const headers = context.answerHeaders(responseHeader(context.requestHeaders));
    return { status: 200, headers, body, trailers: okTrailers };
  }
  const headers = toNodeHeaders(context.responseHeader);
  return { status: 200, headers, body, trailers: toNodeHeaders(context.responseTrailer) };
}

function accepted(requestHeaders: IncomingHttpHeaders): string | string[] | undefined {
  return requestHeaders["grpc-accept-encoding"];
}

function envelope(flags: number, data: Body): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes + data.length);
  bytes[0] = flags;
  bytes.writeUInt32BE(data.length, 1);
  if (typeof data === "string") {
    bytes.write(data, prefixBytes, "latin1");
  } else {
    bytes.set(data, prefixBytes);
  }
  return bytes;
}
