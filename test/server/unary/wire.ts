import { create, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { CreateFeatureRequestSchema } from "../../../gen/orgflags/v1/feature_pb.ts";

/** One way of calling: version of HTTP, protocol, codec. */
export interface Wire {
  readonly name: string;
  readonly http: "1.1" | "2";
  readonly protocol: "gRPC" | "Connect";
  readonly contentType: string;
  /** The header by which a client says which compressions it takes. */
  readonly accepts: string;
  readonly timeout: string;
  /** The body of a request. */
  encode(request: MessageInitShape<typeof CreateFeatureRequestSchema>): Buffer;
}

const connectTypes = [
  "application/proto",
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=utf-8",
];

/** All ways that the unary lane takes. */
export const wires: readonly Wire[] = [
  ...["application/grpc", "application/grpc+proto"].map(
    (contentType): Wire => ({
      name: `gRPC, HTTP 2, ${contentType}`,
      http: "2",
      protocol: "gRPC",
      contentType,
      accepts: "grpc-accept-encoding",
      timeout: "grpc-timeout",
      encode: (request) => envelope(binary(request)),
    }),
  ),
  ...(["1.1", "2"] as const).flatMap((http) =>
    connectTypes.map(
      (contentType): Wire => ({
        name: `Connect, HTTP ${http}, ${contentType}`,
        http,
        protocol: "Connect",
        contentType,
        accepts: "accept-encoding",
        timeout: "connect-timeout-ms",
        encode: (request) => (contentType === "application/proto" ? binary(request) : json(request)),
      }),
    ),
  ),
];

/** gRPC's length-prefixed message; the length can be given falsely. */
export function envelope(data: Uint8Array, flags = 0, length = data.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, data]);
}

function binary(request: MessageInitShape<typeof CreateFeatureRequestSchema>): Buffer {
  return Buffer.from(toBinary(CreateFeatureRequestSchema, create(CreateFeatureRequestSchema, request)));
}

function json(request: MessageInitShape<typeof CreateFeatureRequestSchema>): Buffer {
  return Buffer.from(toJsonString(CreateFeatureRequestSchema, create(CreateFeatureRequestSchema, request)));
}
