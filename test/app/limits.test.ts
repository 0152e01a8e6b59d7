import { gzipSync } from "node:zlib";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";

const limits = { maxBodyBytes: 2048 };
const setting = '{"feature_key":"sms_reminders","enabled":true}';
const evaluation = '{"context":{"targetingKey":"acme"}}';

/** A request of JSON, filled up with spaces to a length. */
interface Padded {
  readonly line: string;
  readonly json: string;
}

const requests: readonly Padded[] = [
  { line: "PUT /api/v1/org-feature-flags/acme", json: setting },
  { line: "POST /orgflags.v1.FeatureService/GetFeature", json: '{"featureKey":"sms_reminders"}' },
  { line: "POST /ofrep/v1/evaluate/flags", json: evaluation },
];

async function send({ url }: AppUnderTest, { line, json }: Padded, bytes: number, coding?: "gzip"): Promise<number> {
  const [method = "", path = ""] = line.split(" ");
  const plain = json.padEnd(bytes, " ");
  const headers = { "content-type": "application/json", ...(coding && { "content-encoding": coding }) };
  const answer = await fetch(url + path, { method, headers, body: coding === undefined ? plain : gzipSync(plain) });
  await answer.arrayBuffer();
  return answer.status;
}

describe.each(requests)("the body of $line", (request) => {
  // Connect has no 413.
  const tooLarge = request.line.includes("FeatureService/") ? 429 : 413;

  test("may have as many bytes as the limit says", async () => {
    const app = await startApp({ demo: true, limits });
    expect(await send(app, request, 2048)).toBe(200);
    expect(await send(app, request, 2049)).toBe(tooLarge);
  });

  test("counts as it is after decompression", async () => {
    const app = await startApp({ demo: true, limits });
    expect(await send(app, request, 2048, "gzip")).toBe(200);
    expect(await send(app, request, 2049, "gzip")).toBe(tooLarge);
    // Some ten thousand times what comes over the wire.
    expect(await send(app, request, 30_000_000, "gzip")).toBe(tooLarge);
    expect(await send(app, request, 100)).toBe(200);
  });
});

const compressed = { sendCompression: compressionGzip, compressMinBytes: 0 };

test.each<readonly [name: string, transport: (baseUrl: string) => Transport]>([
  ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["gRPC, gzip", (baseUrl) => createGrpcTransport({ baseUrl, ...compressed })],
  ["gRPC-Web, gzip", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1", ...compressed })],
  ["Connect, gzip", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", ...compressed })],
])("a message over the limit is refused by %s", async (_name, transport) => {
  const { url } = await startApp({ limits });
  const client = createClient(FeatureService, transport(url));
  await client.createFeature({ featureKey: "a", description: "x".repeat(900) });
  const error = await client.createFeature({ featureKey: "b", description: "x".repeat(3000) }).catch(ConnectError.from);
  expect(error).toMatchObject({ code: Code.ResourceExhausted });
});

test.for([
  // At the bound it is the field that is wrong.
  [8, /"a"/],
  [9, /^body: expected JSON of at most 8 levels$/],
] as const)("of a REST body %i levels are answered with %s", async ([levels, message]) => {
  const { url } = await startApp({ limits: { maxJsonDepth: 8 } });
  const body = `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1/org-feature-flags/acme`, { method: "PUT", headers, body });
  expect(await answer.json()).toMatchObject({ message: expect.stringMatching(message) });
});

test("writes that would wait for the disk behind too many others are refused", async () => {
  const app = await startApp({ limits: { maxWaitingWrites: 1 } });
  const put = () => send(app, { line: "PUT /api/v1/org-feature-flags/acme", json: setting }, 0);
  const statuses = await Promise.all(Array.from({ length: 40 }, put));
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(await put()).toBe(200);
});
