import { type DescMessage, type Message, toJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes, parseTimeout, trailerMux } from "@connectrpc/connect/protocol-connect";
import { BodyReader } from "./body-reader.ts";
import { compressMinBytes, negotiate } from "./compression.ts";
import type { UnaryContext } from "./context.ts";
import type { Answer } from "./exchange.ts";
import { toNodeHeaders } from "./node-headers.ts";
import type { UnaryProcedure } from "./procedure.ts";
import type { UnaryProtocol } from "./protocol.ts";
import { readTimeout } from "./timeout.ts";

/** Connect with POST, protobuf messages. */
export const connectProto: UnaryProtocol = connect(
  "application/proto",
  true,
  ({ serialization, writeFlat }, message) => writeFlat?.(message, 0) ?? serialization.getO(true).serialize(message),
);

/** Connect with POST, JSON messages. */
export const connectJson: UnaryProtocol = connect("application/json", false, ({ method }, message) =>
  toJson(method.output, message),
);

type Serialize = (procedure: UnaryProcedure, message: Message) => string | Uint8Array;

function connect(contentType: string, isBinary: boolean, serialize: Serialize): UnaryProtocol {
  return {
    name: "connect",
    takes: ({ "content-encoding": encoding }) => encoding === undefined || encoding === "identity",
    readTimeout: (header) => readTimeout(header, "connect-timeout-ms", parseTimeout),
    createReader({ serialization }, headers, maxBytes) {
      const { parse } = serialization.getI(isBinary);
      return new BodyReader(parse, headers, maxBytes);
    },
    responseHeader: () => ({ "content-type": contentType }),
    responseTrailer: {},
    answer(context, procedure, message) {
      const body = serialize(procedure, message);
      const size = Buffer.byteLength(body);
      if (size < compressMinBytes && !context.hasMetadata) {
        return { status: 200, headers: { "content-length": size, "content-type": contentType }, body };
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

/** A string spares HTTP/1 a write of its own for the body. */
function toJson(desc: DescMessage, message: Message): string {
  try {
    return toJsonString(desc, message);
  } catch (error) {
    throw ConnectError.from(error, Code.Internal);
  }
}

/** Metadata of errors that a client of ours was answered with is not passed on. */
function isFromWire(error: ConnectError): boolean {
  return "isWireError" in error && error.isWireError === true;
}

function whole(context: UnaryContext, status: number, body: string | Uint8Array): Answer | Promise<Answer> {
  const isLong = Buffer.byteLength(body) >= compressMinBytes;
  const compression = isLong ? negotiate(context.requestHeaders["accept-encoding"]) : undefined;
  if (compression === undefined) {
    return answerOf(context, status, body);
  }
  // The types of the platform's buffers say more than those of connect's compressions ask for.
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : (body as Uint8Array<ArrayBuffer>);
  return compression.compress(bytes).then((compressed) => {
    context.responseHeader.set("content-encoding", compression.name);
    return answerOf(context, status, compressed);
  });
}

function answerOf(context: UnaryContext, status: number, body: string | Uint8Array): Answer {
  const header = trailerMux(context.responseHeader, context.responseTrailer);
  header.set("content-length", String(Buffer.byteLength(body)));
  return { status, headers: toNodeHeaders(header), body };
}
