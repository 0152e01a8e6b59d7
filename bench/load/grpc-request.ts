import { once } from "node:events";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { buffer } from "node:stream/consumers";

/** What came back to a gRPC call. */
export interface GrpcAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A message with the five bytes of gRPC before it, uncompressed. */
export function grpcFrame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The header fields of a gRPC call over plaintext. */
export function grpcFields(url: string, path: string): readonly (readonly [string, string])[] {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", new URL(url).host],
    ["te", "trailers"],
    ["content-type", "application/grpc+proto"],
    ["user-agent", "orgflags-bench/1"],
  ];
}

/** Makes one call by the client of the platform, on a connection of its own. */
export async function askGrpc(
  url: string,
  path: string,
  body: Buffer,
  sent: Readonly<Record<string, string>> = {},
): Promise<GrpcAnswer> {
  const session = connect(url);
  try {
    const stream = session.request({ ...Object.fromEntries(grpcFields(url, path)), ...sent });
    stream.end(body);
    let trailers: IncomingHttpHeaders = {};
    stream.on("trailers", (received) => {
      trailers = received;
    });
    const [headers] = await once(stream, "response");
    return { headers, body: await buffer(stream), trailers };
  } finally {
    session.destroy();
  }
}
