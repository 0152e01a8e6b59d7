import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { createClient, createHandlerContext, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Guard } from "../../src/rpc/guard.ts";
import { type Peer, peerOf } from "../../src/rpc/peer.ts";
import { procedures } from "../../src/rpc/procedure.ts";
import { createTranscoder } from "../../src/transcoding/transcoder.ts";
import { notePeers } from "./peer-guard.ts";
import { echo, startServer } from "./test-server.ts";

const transports: readonly (readonly [lane: string, make: (baseUrl: string) => Transport])[] = [
  ["the unary lane, gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["the unary lane, HTTP/1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ["the unary lane, HTTP/2", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["connect-node, HTTP/1.1", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ["connect-node, HTTP/2", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" })],
];

test.each(transports)("a call by %s tells its address", async (_lane, transport) => {
  const peers: Peer[] = [];
  const { url } = await startServer({ procedures: notePeers(peers) });
  await createClient(FeatureService, transport(url)).getFeature({ featureKey: "a" });
  expect(peers).toEqual([{ address: "127.0.0.1", certificateName: undefined }]);
});

test("a call by REST over HTTP/1.1 and HTTP/2 tells its address", async () => {
  const peers: Peer[] = [];
  const methods = notePeers(peers);
  const { url } = await startServer({ procedures: methods, transcoder: createTranscoder({ methods }) });
  await (await fetch(`${url}/api/v1/features/a`)).text();
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  await once(session.request({ ":path": "/api/v1/features/a" }).resume(), "end");
  expect(peers.map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.1"]);
});

test("an IPv4 client of a socket for both is told by its IPv4 address", async () => {
  const peers: Peer[] = [];
  const { port } = await startServer({ procedures: notePeers(peers), host: "::" });
  const baseUrl = `http://127.0.0.1:${port}`;
  await createClient(FeatureService, createGrpcTransport({ baseUrl })).getFeature({ featureKey: "a" });
  expect(peers.map(({ address }) => address)).toEqual(["127.0.0.1"]);
});

test("all calls of a connection have one and the same peer", async () => {
  const peers: Peer[] = [];
  const { url } = await startServer({ procedures: notePeers(peers) });
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const path = "/orgflags.v1.FeatureService/GetFeature";
  for (const type of ["application/json", "application/json", "application/grpc-web+proto"]) {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": type });
    await once(stream.end(type === "application/json" ? "{}" : Buffer.alloc(5)).resume(), "end");
  }
  expect(peers).toHaveLength(3);
  expect(new Set(peers).size).toBe(1);
});

test("a call whose client is gone before anybody asks has no address", async () => {
  const asked = Promise.withResolvers<Peer>();
  const guard: Guard = {
    single: (_method, next) => (input, context) => {
      context.signal.addEventListener("abort", () => setImmediate(() => asked.resolve(peerOf(context))));
      session.destroy();
      return new Promise(() => next(input, context));
    },
    stream: (_method, next) => next,
  };
  const { url } = await startServer({ procedures: procedures(FeatureService, echo, [guard]) });
  const session = connectHttp2(url);
  const stream = session.request({
    ":method": "POST",
    ":path": "/orgflags.v1.FeatureService/DeleteFeature",
    "content-type": "application/json",
  });
  stream.on("error", () => {});
  stream.end("{}");
  expect(await asked.promise).toEqual({ address: "", certificateName: undefined });
});

test("a context of nobody's connection has no address", () => {
  const context = createHandlerContext({
    service: FeatureService,
    method: FeatureService.method.getFeature,
    protocolName: "test",
    requestMethod: "POST",
    url: "http://localhost/",
  });
  expect(peerOf(context)).toEqual({ address: "", certificateName: undefined });
});
