import { once } from "node:events";
import { constants } from "node:http2";
import v8 from "node:v8";
import { createClient, createContextKey, type Transport } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { FeatureService } from "../../../gen/orgflags/v1/feature_pb.ts";
import { UnaryCall } from "../../../src/server/unary/call.ts";
import { UnaryContext } from "../../../src/server/unary/context.ts";
import { grpcCall, grpcClient } from "../../grpc-js-client.ts";
import { startServer } from "../test-server.ts";
import { connectHttp2 } from "./http2-call.ts";
import { startLanes } from "./lanes.ts";
import { outcomeProcedures } from "./outcomes.ts";
import { watchCalls } from "./watched-calls.ts";
import { envelope } from "./wire.ts";

const path = "/orgflags.v1.FeatureService/GetFeature";

const transports: readonly (readonly [string, (baseUrl: string) => Transport])[] = [
  ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["gRPC that takes gzip", (baseUrl) => createGrpcTransport({ baseUrl, acceptCompression: [compressionGzip] })],
  ["gRPC with a deadline", (baseUrl) => createGrpcTransport({ baseUrl, defaultTimeoutMs: 60_000 })],
  ...(["1.1", "2"] as const).flatMap((httpVersion) =>
    [true, false].map((useBinaryFormat): readonly [string, (baseUrl: string) => Transport] => [
      `Connect, HTTP ${httpVersion}, ${useBinaryFormat ? "proto" : "JSON"}`,
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion, useBinaryFormat, defaultTimeoutMs: 60_000 }),
    ]),
  ),
];

describe("the unary lane has the calls", () => {
  test.each(transports)("of connect-node's %s", async (_name, transport) => {
    const { url, taken, handedOn } = await startLanes({
      isLean: true,
      procedures: outcomeProcedures,
      onOver: onTestFinished,
    });
    const client = createClient(FeatureService, transport(url));
    expect((await client.getFeature({ featureKey: "a" })).feature?.featureKey).toBe("a");
    expect(taken).toEqual([path]);
    expect(handedOn).toEqual([]);
  });

  test("of grpc-js", async () => {
    const { url, taken } = await startLanes({ isLean: true, procedures: outcomeProcedures, onOver: onTestFinished });
    const { getFeature } = FeatureService.method;
    expect((await grpcCall(grpcClient(url), getFeature, { featureKey: "a" })).feature?.featureKey).toBe("a");
    expect(taken).toEqual([path]);
  });

  test("of fetch", async () => {
    const { url, taken } = await startLanes({ isLean: true, procedures: outcomeProcedures, onOver: onTestFinished });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: '{"featureKey":"a"}' });
    expect(await response.json()).toEqual({ feature: { featureKey: "a" } });
    expect(taken).toEqual([path]);
  });
});

test.each(transports)("a server as it is made has it for connect-node's %s", async (_name, transport) => {
  const calls = watchCalls();
  const { url } = await startServer({ procedures: calls.procedures([]) });
  const called = calls.next();
  await createClient(FeatureService, transport(url)).getFeature({ featureKey: "a" });
  expect(await called).toBeInstanceOf(UnaryContext);
});

test("a context tells what connect-node's own does", async () => {
  const contexts = [true, false].map(async (isLean) => {
    const calls = watchCalls();
    const { url } = await startLanes({ isLean, procedures: calls.procedures, onOver: onTestFinished });
    const called = calls.next();
    const headers = { "x-a": "b", "x-c-bin": "AAEC" };
    await createClient(FeatureService, createGrpcTransport({ baseUrl: url })).getFeature({}, { headers });
    const {
      service,
      method,
      requestMethod,
      protocolName,
      requestHeader,
      timeoutMs,
      values,
      url: target,
    } = await called;
    const key = createContextKey("default");
    const header = [requestHeader.get("X-A"), requestHeader.get("x-none"), requestHeader.has("x-c-bin")];
    const all = [[...requestHeader], [...new Headers(requestHeader)], [...requestHeader.keys()]];
    const { pathname } = new URL(target);
    return {
      service,
      method,
      requestMethod,
      protocolName,
      header,
      all,
      timeout: timeoutMs(),
      value: values.get(key),
      pathname,
    };
  });
  const [lean, stock] = await Promise.all(contexts);
  expect(lean).toEqual(stock);
});

test("nothing is left of calls that are aborted", async () => {
  const { port, taken } = await startLanes({ isLean: true, procedures: outcomeProcedures, onOver: onTestFinished });
  const session = connectHttp2(port);
  const headers = { ":method": "POST", ":path": path.replace("Get", "Create"), "content-type": "application/grpc" };
  const bodies = [envelope(Buffer.alloc(0)).subarray(0, 4), envelope(Buffer.from("\x0a\x13until it is aborted"))];
  for (let round = 0; round < 100; round++) {
    for (const [index, body] of bodies.entries()) {
      const stream = session.request(headers).on("error", () => {});
      await new Promise((resolve) =>
        index === 0 ? stream.write(body, resolve) : stream.end(body, () => resolve(undefined)),
      );
      stream.close(constants.NGHTTP2_CANCEL);
      await new Promise((resolve) => stream.on("close", resolve));
    }
  }
  const closed = once(session, "close");
  session.close();
  await closed;
  expect(taken.length).toBe(200);
  expect(v8.queryObjects(UnaryCall)).toBe(0);
  expect(v8.queryObjects(UnaryContext)).toBe(0);
});
