import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

// Of a stream there is as much as has come.
const finishFlush = constants.Z_SYNC_FLUSH;
const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes, { finishFlush }),
  br: (bytes) => brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  deflate: (bytes) => inflateSync(bytes, { finishFlush }),
};
const enveloped = /^application\/(grpc|connect\+)/;
const envelopeBytes = 5;

/** A body with every coding taken off: as one piece, or as the whole messages of a stream, as far as it has come. */
export function decoded(headers: Headers, body: Buffer): readonly Buffer[] {
  if (enveloped.test(String(headers["content-type"] ?? ""))) {
    const coding = headers["grpc-encoding"] ?? headers["connect-content-encoding"];
    return messagesOf(body, String(coding ?? ""));
  }
  const decode = decoders[String(headers["content-encoding"] ?? "")];
  return [decode === undefined || body.length === 0 ? body : decode(body)];
}

function messagesOf(body: Buffer, coding: string): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + envelopeBytes <= body.length; ) {
    const end = at + envelopeBytes + body.readUInt32BE(at + 1);
    if (end > body.length) {
      break;
    }
    const payload = body.subarray(at + envelopeBytes, end);
    const isCompressed = (body.readUInt8(at) & 1) === 1;
    messages.push(isCompressed ? (decoders[coding]?.(payload) ?? payload) : payload);
    at = end;
  }
  return messages;
}
