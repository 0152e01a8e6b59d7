import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { buffer } from "node:stream/consumers";
import { Code } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { type AppUnderTest, startApp } from "../app-under-test.ts";

const scarce = { rateLimits: { perAddress: { perSecond: 1 / 1200, burst: 1 } } };
const service = "/orgflags.v1.OrgFeatureFlagService";
const unary = `${service}/GetOrgFeatureFlags`;
const watch = "/orgflags.v1.ChangeService/WatchChanges";
const health = "/grpc.health.v1.Health/Check";
const gzip = { "content-encoding": "gzip" };

interface Call {
  readonly path: string;
  readonly type: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly status: unknown;
  /** Head, body and trailers. */
  readonly text: string;
}

/** Makes calls by HTTP/2 on one connection. */
async function caller({ url }: AppUnderTest): Promise<(call: Call) => Promise<Outcome>> {
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  return async ({ path, type, body = "", headers = {} }) => {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": type, ...headers });
    let trailers: object = {};
    stream.on("trailers", (got) => {
      trailers = got;
    });
    stream.end(Buffer.from(body, "latin1"));
    const [head] = await once(stream, "response");
    const text = JSON.stringify(head) + (await buffer(stream)).toString() + JSON.stringify(trailers);
    return { status: head[":status"], text };
  };
}

const tooMany = /"retry-after":\[?"1\d\d\d"/;

test.for<[name: string, call: Call, status: number, told: string]>([
  ["Connect that is no JSON", { path: unary, type: "application/json", body: "{" }, 429, "resource_exhausted"],
  ["Connect that is no message", { path: unary, type: "application/proto", body: "\xff" }, 429, "resource_exhausted"],
  [
    "Connect that can't be decompressed",
    { path: unary, type: "application/json", body: "no", headers: gzip },
    429,
    "resource_exhausted",
  ],
  ["Connect of another type", { path: unary, type: "text/plain", body: "hello" }, 429, "resource_exhausted"],
  [
    "Connect by another method",
    { path: unary, type: "application/json", headers: { ":method": "PUT" } },
    429,
    "resource_exhausted",
  ],
  ["Connect that is not there", { path: `${service}/No`, type: "application/json" }, 429, "resource_exhausted"],
  [
    "Connect for a stream that is no message",
    { path: watch, type: "application/connect+proto", body: "\0\0\0\0\x01\xff" },
    200,
    "resource_exhausted",
  ],
  ["gRPC that is not there", { path: "/no.Service/No", type: "application/grpc" }, 200, '"grpc-status":"8"'],
  ["gRPC that is no message", { path: unary, type: "application/grpc", body: "\0\0\0\0\x01\xff" }, 200, '"8"'],
  ["gRPC that is no envelope", { path: unary, type: "application/grpc", body: "\0" }, 200, '"grpc-status":"8"'],
  [
    "gRPC for a stream that is no message",
    { path: watch, type: "application/grpc", body: "\0\0\0\0\x01\xff" },
    200,
    '"grpc-status":"8"',
  ],
  ["gRPC-Web that is not there", { path: "/no.Service/No", type: "application/grpc-web" }, 200, '"grpc-status":"8"'],
  [
    "gRPC-Web that is no message",
    { path: unary, type: "application/grpc-web+proto", body: "\0\0\0\0\x01\xff" },
    200,
    '"grpc-status":"8"',
  ],
])("a call by %s counts, and is refused when there were too many", async ([, bad, status, told]) => {
  const app = await startApp(scarce);
  const call = await caller(app);
  expect((await call(bad)).text).not.toMatch(tooMany);
  const refused = await call(bad);
  expect(refused).toMatchObject({ status, text: expect.stringContaining(told) });
  expect(refused.text).toMatch(tooMany);
  const good = await call({ path: unary, type: "application/json", body: '{"orgId":"acme"}' });
  expect(good.status).toBe(429);
});

test("a call counts once, whatever way it takes", async () => {
  const app = await startApp({ rateLimits: { perAddress: { perSecond: 1 / 1200, burst: 3 } } });
  const call = await caller(app);
  const packed = { path: unary, type: "application/grpc+json", body: '\0\0\0\0\x10{"orgId":"acme"}' };
  for (const _ of [1, 2, 3]) {
    expect((await call(packed)).text).toContain('"grpc-status":"0"');
  }
  expect((await call(packed)).text).toContain(`"grpc-status":"${Code.ResourceExhausted}"`);
});

test("calls for health do not count, good or bad", async () => {
  const app = await startApp(scarce);
  const call = await caller(app);
  for (const type of ["application/grpc", "application/grpc-web", "application/grpc"]) {
    expect((await call({ path: health, type, body: "\0" })).text).not.toMatch(tooMany);
  }
  expect((await call({ path: unary, type: "application/json", body: '{"orgId":"acme"}' })).status).toBe(200);
});
