import type { DescMessage } from "@bufbuild/protobuf";
import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type ChannelCredentials, Client, credentials, Metadata } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";

/** Opens a real gRPC client; it is closed when the test is over. */
export function grpcClient(url: string, security: ChannelCredentials = credentials.createInsecure()): Client {
  const client = new Client(new URL(url).host, security);
  onTestFinished(() => client.close());
  return client;
}

/** Calls a unary method with the real gRPC client; rejects with its ServiceError. */
export function grpcCall<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<MessageShape<O>> {
  const sent = new Metadata();
  for (const [key, value] of Object.entries(metadata)) {
    sent.set(key, value);
  }
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      create(method.input, request),
      sent,
      (error, response) => (error || !response ? reject(error) : resolve(response)),
    );
  });
}
