import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import {
  type CreateFeatureRequest,
  CreateFeatureRequestSchema,
  type CreateFeatureResponse,
  CreateFeatureResponseSchema,
} from "../../gen/orgflags/v1/feature_pb.ts";
import { startServer } from "./test-server.ts";

interface Outcome {
  readonly error: ServiceError | null;
  readonly response: CreateFeatureResponse | undefined;
}

function call(port: number, path: string, request: CreateFeatureRequest, metadata = new Metadata()): Promise<Outcome> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      (message: CreateFeatureRequest) => Buffer.from(toBinary(CreateFeatureRequestSchema, message)),
      (bytes) => fromBinary(CreateFeatureResponseSchema, bytes),
      request,
      metadata,
      (error, response) => resolve({ error, response }),
    );
  });
}

test("grpc-js gets its answer", async () => {
  const { port } = await startServer();
  const metadata = new Metadata();
  metadata.set("orgflags-actor", "ops");
  const request = create(CreateFeatureRequestSchema, { featureKey: "a" });
  const { response } = await call(port, "/orgflags.v1.FeatureService/CreateFeature", request, metadata);
  expect(response?.feature).toMatchObject({ featureKey: "a", description: "ops|" });
});

test.each([
  ["an unknown method of a known service", "/orgflags.v1.FeatureService/RenameFeature"],
  ["an unknown service", "/orgflags.v9.NoService/NoMethod"],
  ["a path that is no procedure at all", "/healthz/deep"],
])("grpc-js learns that %s is UNIMPLEMENTED", async (_name, path) => {
  const { port } = await startServer();
  const { error } = await call(port, path, create(CreateFeatureRequestSchema));
  expect(error).toMatchObject({ code: status.UNIMPLEMENTED, details: `there is no procedure ${path}` });
});

test("grpc-js learns that a message is too large", async () => {
  const { port } = await startServer();
  const request = create(CreateFeatureRequestSchema, { description: "x".repeat(2 * 1024 * 1024) });
  const { error } = await call(port, "/orgflags.v1.FeatureService/CreateFeature", request);
  expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
});
