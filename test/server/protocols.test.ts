import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { BadRequestSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { startServer } from "./test-server.ts";
import { startTlsServer } from "./tls-server.ts";

type MakeTransport = (baseUrl: string, nodeOptions: { readonly ca?: string }) => Transport;

const matrix = [true, false].flatMap((useBinaryFormat) => [
  ...(["1.1", "2"] as const).flatMap((httpVersion): [string, MakeTransport][] => {
    const options = { httpVersion, useBinaryFormat };
    const name = `HTTP ${httpVersion}, ${useBinaryFormat ? "proto" : "JSON"}`;
    return [
      [`Connect, ${name}`, (baseUrl, nodeOptions) => createConnectTransport({ baseUrl, nodeOptions, ...options })],
      [
        `Connect GET, ${name}`,
        (baseUrl, nodeOptions) => createConnectTransport({ baseUrl, nodeOptions, ...options, useHttpGet: true }),
      ],
      [`gRPC-Web, ${name}`, (baseUrl, nodeOptions) => createGrpcWebTransport({ baseUrl, nodeOptions, ...options })],
    ];
  }),
  grpc(useBinaryFormat, "uncompressed"),
  grpc(useBinaryFormat, "gzip"),
]);

describe.each(
  matrix.flatMap(([name, transport]) => [
    { name, transport, start: startServer },
    { name: `${name}, TLS`, transport, start: startTlsServer },
  ]),
)("$name", ({ transport, start }) => {
  test("answers a call", async () => {
    const { url, ca } = await start();
    const client = createClient(FeatureService, transport(url, ca === undefined ? {} : { ca }));
    const { feature } = await client.getFeature({ featureKey: "sms_reminders" });
    expect(feature?.featureKey).toBe("sms_reminders");
  });

  test("hands actor and reason to the implementation", async () => {
    const { url, ca } = await start();
    const client = createClient(FeatureService, transport(url, ca === undefined ? {} : { ca }));
    const headers = { "orgflags-actor": "ops@example.com", "orgflags-reason": "rollout" };
    const { feature } = await client.createFeature({ featureKey: "a" }, { headers });
    expect(feature?.description).toBe("ops@example.com|rollout");
  });

  test("names the key of metadata that is refused", async () => {
    const { url, ca } = await start();
    const client = createClient(FeatureService, transport(url, ca === undefined ? {} : { ca }));
    const headers = { "orgflags-actor": "a".repeat(257) };
    const error = await client.createFeature({ featureKey: "a" }, { headers }).catch(ConnectError.from);
    const details = (error as ConnectError).findDetails(BadRequestSchema);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    expect(details.flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field))).toEqual([
      "orgflags-actor",
    ]);
  });

  test("keeps the internals of an unexpected error to itself", async () => {
    const { url, ca, log } = await start();
    const client = createClient(FeatureService, transport(url, ca === undefined ? {} : { ca }));
    const error = await client.updateFeature({ featureKey: "a" }).catch(ConnectError.from);
    expect(error).toMatchObject({
      code: Code.Internal,
      rawMessage: expect.stringMatching(/^internal error \(request id [0-9a-f-]{36}\)$/),
    });
    expect(log).toMatchObject([{ level: "error", fields: { err: { message: "the disk is on fire" } } }]);
  });

  test("refuses a message over the limit, and the connection stays good", async () => {
    const { url, ca } = await start();
    const client = createClient(FeatureService, transport(url, ca === undefined ? {} : { ca }));
    const description = "x".repeat(2 * 1024 * 1024);
    const error = await client.createFeature({ featureKey: "a", description }).catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.ResourceExhausted });
    await expect(client.listFeatures({})).resolves.toMatchObject({ features: [{ featureKey: "sms_reminders" }] });
  });
});

function grpc(useBinaryFormat: boolean, compression: "uncompressed" | "gzip"): [string, MakeTransport] {
  const sendCompression = compression === "gzip" ? { sendCompression: compressionGzip, compressMinBytes: 0 } : {};
  const name = `gRPC, HTTP 2, ${useBinaryFormat ? "proto" : "JSON"}, ${compression}`;
  return [
    name,
    (baseUrl, nodeOptions) => createGrpcTransport({ baseUrl, nodeOptions, useBinaryFormat, ...sendCompression }),
  ];
}
