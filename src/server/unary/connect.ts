import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes, parseTimeout, trailerMux } from "@connectrpc/connect/protocol-connect";
import { BodyReader } from "./body-reader.ts";
import type { Codec } from "./codec.ts";
import { bytesOf, compressMinBytes, negotiate } from "./compression.ts";
import type { UnaryContext } from "./context.ts";
import type { Answer, Body } from "./exchange.ts";
import { toNodeHeaders } from "./node-headers.ts";
import type { UnaryProcedure } from "./procedure.ts";
import type { UnaryProtocol } from "./protocol.ts";
import { readTimeout } from "./timeout.ts";

const timeoutHeader = "connect-timeout-ms";

/** Connect with POST, protobuf messages. */
export const connectProto: UnaryProtocol = connect("application/proto", ({ binary }) => binary);

/** Connect with POST, JSON messages. */
export const connectJson: UnaryProtocol = connect("application/json", ({ json }) => json);

function connect(contentType: string, codecOf: (procedure: UnaryProcedure) => Codec): UnaryProtocol {
  return {
    name: "connect",
    takes: ({ "content-encoding": encoding }) => encoding === undefined || encoding === "identity",
    timeoutHeader,
    readTimeout: (header) => readTimeout(header, timeoutHeader, parseTimeout),
    createReader: (procedure, headers, maxBytes) => {
      return new BodyReader((bytes) => parse(codecOf(procedure), bytes), headers, maxBytes);
    },
    responseHeader: () => ({ "content-type": contentType }),
    responseTrailer: {},
    answer(context, procedure, output) {
      const body = codecOf(procedure).serialize(output);
      if (body.length < compressMinBytes && !context.hasMetadata) {
        const headers = context.answerHeaders({ "content-length": body.length, "content-type": contentType });
        return { status: 200, headers, body };
      }
      return whole(context, 200, body);
    },
    refuse(context, error) {
      const header = context.responseHeader;
      header.set("content-type", "application/json");
      if (!isFromWire(error)) {
        mergeNonProtocolHeaders(header, error.metadata);
      }
      return whole(context, codeToHttpStatus(error.code), errorToJsonBytes(error, undefined));
    },
  };
}

/** Bytes that are no message are the caller's fault, where gRPC's word for them is INTERNAL. */
function parse(codec: Codec, bytes: Buffer): Message {
  try {
    return codec.parse(bytes);
  } catch (error) {
    throw error instanceof ConnectError && error.code === Code.Internal
      ? new ConnectError(error.rawMessage, Code.InvalidArgument)
      : error;
  }
}

/** Metadata of errors that a client of ours was answered with is not passed on. */
function isFromWire(error: ConnectError): boolean {
  return "isWireError" in error && error.isWireError === true;
}

function whole(context: UnaryContext, status: number, body: Body): Answer | Promise<Answer> {
  const isLong = body.length >= compressMinBytes;
  const compression = isLong ? negotiate(context.requestHeaders["accept-encoding"]) : undefined;
  if (compression === undefined) {
    return answerOf(context, status, body);
  }
  return compression.compress(bytesOf(body)).then((compressed) => {
    context.responseHeader.set("content-encoding", compression.name);
    return answerOf(context, status, compressed);
  });
}

function answerOf(context: UnaryContext, status: number, body: Body): Answer {
  const header = trailerMux(context.responseHeader, context.responseTrailer);
  header.set("content-length", String(body.length));
  return { status, headers: toNodeHeaders(header), body };
}
