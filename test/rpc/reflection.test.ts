import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { startServer } from "../server/test-server.ts";
import { collect } from "./collect.ts";

type Request = MessageInitShape<typeof v1.ServerReflectionRequestSchema>;
type Query = NonNullable<Request["messageRequest"]>;
type Answer = v1.ServerReflectionResponse["messageResponse"];

const versions = [
  ["v1", v1.ServerReflection],
  // It differs from v1 in nothing but its name.
  ["v1alpha", v1alpha.ServerReflection as unknown as typeof v1.ServerReflection],
] as const;

const featureFile = "orgflags/v1/feature.proto";
const annotations = "transcoding/v1/annotations.proto";
const descriptor = "google/protobuf/descriptor.proto";

describe.each(versions)("%s", (_version, service) => {
  async function ask(...queries: readonly Query[]): Promise<readonly Answer[]> {
    const { url } = await startServer();
    async function* requests() {
      for (const messageRequest of queries) {
        yield { messageRequest };
      }
    }
    const client = createClient(service, createGrpcTransport({ baseUrl: url }));
    const responses = await collect(client.serverReflectionInfo(requests()));
    return responses.map(({ messageResponse }) => messageResponse);
  }

  test("lists the services, itself among them", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    const names = [
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "orgflags.v1.FeatureService",
    ];
    expect(answer).toMatchObject({ case: "listServicesResponse", value: { service: names.map((name) => ({ name })) } });
  });

  test("tells a file with everything that it imports", async () => {
    const [answer] = await ask({ case: "fileByFilename", value: "google/api/annotations.proto" });
    expect(filesOf(answer)).toEqual(["google/api/annotations.proto", "google/api/http.proto", descriptor]);
  });

  test("tells an import once on a stream, but always the file asked for", async () => {
    const byName = (value: string): Query => ({ case: "fileByFilename", value });
    const answers = await ask(byName(featureFile), byName(annotations), byName(featureFile));
    expect(answers.slice(1).map(filesOf)).toEqual([[annotations], [featureFile]]);
  });

  test.each([
    ["a service", "orgflags.v1.FeatureService", featureFile],
    ["a method", "orgflags.v1.FeatureService.GetFeature", featureFile],
    ["a message", "orgflags.v1.Feature", featureFile],
    ["a field", "orgflags.v1.Feature.feature_key", featureFile],
    ["an extension", "transcoding.v1.http_answer", annotations],
    ["a nested message", "google.protobuf.DescriptorProto.ExtensionRange", descriptor],
    ["a nested enum", "google.protobuf.FieldDescriptorProto.Type", descriptor],
    ["an enum value", "google.protobuf.FieldDescriptorProto.TYPE_INT32", descriptor],
    ["a oneof", "google.api.HttpRule.pattern", "google/api/http.proto"],
    ["a map entry", "grpc.health.v1.HealthListResponse.StatusesEntry", "health/v1/health.proto"],
    ["itself", "grpc.reflection.v1alpha.ServerReflection", v1alpha.file_grpc_reflection_v1alpha_reflection.proto.name],
  ])("finds %s", async (_name, value, file) => {
    const [answer] = await ask({ case: "fileContainingSymbol", value });
    expect(filesOf(answer)[0]).toBe(file);
  });

  test("finds the file of an extension", async () => {
    const value = { containingType: "google.protobuf.MethodOptions", extensionNumber: 51180 };
    const [answer] = await ask({ case: "fileContainingExtension", value });
    expect(filesOf(answer)[0]).toBe(annotations);
  });

  test.each([
    ["google.protobuf.MethodOptions", expect.arrayContaining([51180, 72295728])],
    ["orgflags.v1.Feature", []],
  ])("tells the extension numbers of %s", async (value, extensionNumber) => {
    const [answer] = await ask({ case: "allExtensionNumbersOfType", value });
    expect(answer).toMatchObject({
      case: "allExtensionNumbersResponse",
      value: { baseTypeName: value, extensionNumber },
    });
  });

  test.each<[string, Query, Code, string]>([
    ["a file", { case: "fileByFilename", value: "a.proto" }, Code.NotFound, 'file "a.proto" is not known'],
    ["a symbol", { case: "fileContainingSymbol", value: "toString" }, Code.NotFound, 'symbol "toString" is not known'],
    [
      "an extension",
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.MethodOptions", extensionNumber: 1 },
      },
      Code.NotFound,
      'extension 1 of "google.protobuf.MethodOptions" is not known',
    ],
    ["a type", { case: "allExtensionNumbersOfType", value: "a.B" }, Code.NotFound, 'message "a.B" is not known'],
    ["nothing", { case: undefined }, Code.InvalidArgument, "the request asks for nothing"],
  ])("answers an error for %s, and the stream goes on", async (_name, query, errorCode, errorMessage) => {
    const [answer, next] = await ask(query, { case: "listServices", value: "" });
    expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode, errorMessage } });
    expect(next?.case).toBe("listServicesResponse");
  });

  test("repeats the request and its host", async () => {
    const { url } = await startServer();
    async function* requests() {
      yield { host: "flags.example.com", messageRequest: { case: "listServices" as const, value: "*" } };
    }
    const client = createClient(service, createGrpcTransport({ baseUrl: url }));
    const [response] = await collect(client.serverReflectionInfo(requests()));
    expect(response).toMatchObject({
      validHost: "flags.example.com",
      originalRequest: { host: "flags.example.com", messageRequest: { case: "listServices", value: "*" } },
    });
  });
});

test.each(["grpc", "grpcweb", "connect"])("buf curl calls by %s without a schema", async (protocol) => {
  const { url } = await startServer();
  const data = JSON.stringify({ feature_key: "sms_reminders" });
  const target = `${url}/orgflags.v1.FeatureService/GetFeature`;
  const args = ["curl", "--http2-prior-knowledge", "--protocol", protocol, "--data", data, target];
  const { stdout } = await promisify(execFile)("node_modules/.bin/buf", args);
  expect(JSON.parse(stdout)).toEqual({ feature: { featureKey: "sms_reminders" } });
});

function filesOf(answer: Answer | undefined): readonly string[] {
  const files = answer?.case === "fileDescriptorResponse" ? answer.value.fileDescriptorProto : [];
  return files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}
