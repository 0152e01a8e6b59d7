import { once } from "node:events";
import http2 from "node:http2";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { createGate } from "./gate.ts";
import { dataOf, type Fields, lastData, opening, request, requestHead } from "./http2-frames.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const patient = 60_000;

describe("a unary call under way finishes", () => {
  test.each<[string, (baseUrl: string) => Transport]>([
    ["Connect, HTTP 1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
    ["Connect, HTTP 2", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" })],
    ["gRPC-Web, HTTP 1.1", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
    ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
    ["gRPC with a deadline", (baseUrl) => createGrpcTransport({ baseUrl, defaultTimeoutMs: patient })],
  ])("over %s", async (_name, transport) => {
    const gate = createGate();
    const { url, server } = await startServer({ service: gate.service });
    const calls = ["a", "b"].map((featureKey) =>
      createClient(FeatureService, transport(url)).deleteFeature({ featureKey }),
    );
    await gate.waiting(2);
    const drained = server.drain(patient);
    gate.open();
    expect((await Promise.all(calls)).map(({ featureKey }) => featureKey)).toEqual(["a", "b"]);
    expect(await drained).toBe(true);
  });

  test("over HTTP/1.1, and its connection closes behind it", async () => {
    const gate = createGate();
    const { port, server } = await startServer({ service: gate.service });
    const connection = await connectRaw(
      port,
      "POST /orgflags.v1.FeatureService/DeleteFeature HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    );
    await gate.waiting(1);
    const drained = server.drain(patient);
    gate.open();
    expect(await connection.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n/s);
    expect(await drained).toBe(true);
  });
});

describe("a stream ends", () => {
  test("that watches the health, with NOT_SERVING before", async () => {
    const { url, server, health } = await startServer();
    const watch = createClient(Health, createGrpcTransport({ baseUrl: url }))
      .watch({})
      [Symbol.asyncIterator]();
    expect(await watch.next()).toMatchObject({ value: { status: Status.SERVING } });
    health.setServing(false);
    const drained = server.drain(patient);
    expect(await watch.next()).toMatchObject({ value: { status: Status.NOT_SERVING } });
    await expect(watch.next()).rejects.toMatchObject({
      code: Code.Unavailable,
      rawMessage: "the server is shutting down",
    });
    expect(await drained).toBe(true);
  });

  test("whose requests go on", async () => {
    const { url, server } = await startServer();
    const finished = Promise.withResolvers<void>();
    onTestFinished(() => finished.resolve());
    async function* requests() {
      yield { messageRequest: { case: "listServices" as const, value: "" } };
      await finished.promise;
    }
    const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: url }));
    const answers = client.serverReflectionInfo(requests())[Symbol.asyncIterator]();
    expect(await answers.next()).toMatchObject({ value: { messageResponse: { case: "listServicesResponse" } } });
    const drained = server.drain(patient);
    await expect(answers.next()).rejects.toMatchObject({ code: Code.Unavailable });
    expect(await drained).toBe(true);
  });
});

describe("a connection closes at once", () => {
  test.each([
    ["that has said nothing", "", ""],
    ["that is within the preface", "PRI * HTTP", ""],
    ["that waits for its next request", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "REST GET /a"],
  ])("%s", async (_name, bytes, expected) => {
    const { port, server } = await startServer();
    const connection = await connectRaw(port, bytes);
    await connection.until(expected);
    expect(await server.drain(patient)).toBe(true);
    expect(await connection.closed()).toMatch(new RegExp(`${expected}$`));
  });

  test("that is an HTTP/2 session without streams", async () => {
    const { url, server } = await startServer();
    const session = http2.connect(url);
    onTestFinished(() => session.destroy());
    await once(session, "remoteSettings");
    const [[code]] = await Promise.all([once(session, "goaway"), server.drain(patient)]);
    expect(code).toBe(http2.constants.NGHTTP2_NO_ERROR);
  });
});

test("a request that crosses the end on its way is answered, and readiness is gone", async () => {
  const gate = createGate();
  const { port, server } = await startServer({ service: gate.service });
  const origin: Fields = [
    [":scheme", "http"],
    [":authority", "x"],
  ];
  const deletion: Fields = [
    [":method", "POST"],
    [":path", "/orgflags.v1.FeatureService/DeleteFeature"],
    ...origin,
    ["content-type", "application/json"],
  ];
  const connection = await connectRaw(port, Buffer.concat([opening, requestHead(1, deletion), lastData(1, "{}")]));
  await gate.waiting(1);
  const drained = server.drain(patient);
  connection.socket.write(request(3, [[":method", "GET"], [":path", "/readyz"], ...origin]));
  const received = await connection.until('{"status":"unavailable"}');
  expect(dataOf(received, 3)).toBe('{"status":"unavailable"}');
  gate.open();
  expect(dataOf(await connection.closed(), 1)).toBe("{}");
  expect(await drained).toBe(true);
});

test("what does not end in time is cut off", async () => {
  const gate = createGate();
  onTestFinished(gate.open);
  const { url, server } = await startServer({ service: gate.service });
  const client = createClient(FeatureService, createGrpcTransport({ baseUrl: url }));
  const call = client.deleteFeature({ featureKey: "a" }).catch(ConnectError.from);
  await gate.waiting(1);
  expect(await server.drain(20)).toBe(false);
  expect(await call).toBeInstanceOf(ConnectError);
});

test("a drained server takes no connections, and draining again changes nothing", async () => {
  const { url, server } = await startServer();
  expect(await server.drain(patient)).toBe(true);
  expect(await server.drain(0)).toBe(true);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
