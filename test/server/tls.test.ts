import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { credentials } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Peer } from "../../src/rpc/peer.ts";
import { createTranscoder } from "../../src/transcoding/transcoder.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { createGate } from "./gate.ts";
import { notePeers } from "./peer-guard.ts";
import { connectRaw } from "./raw-connection.ts";
import { startTlsServer, type TlsTestServer } from "./tls-server.ts";

const httpGet = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/** A connection of TLS; resolves when it is secured, rejects where it can't be. */
async function connectTls({ port, ca }: TlsTestServer, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  return socket;
}

test("the address says https", async () => {
  const { url, port } = await startTlsServer();
  expect(url).toBe(`https://127.0.0.1:${port}`);
});

test("grpc-js calls with a certificate that it trusts", async () => {
  const { port, ca } = await startTlsServer();
  // It takes no address for the name that it asks for.
  const client = grpcClient(`https://localhost:${port}`, credentials.createSsl(Buffer.from(ca)));
  const { feature } = await grpcCall(client, FeatureService.method.getFeature, { featureKey: "a" });
  expect(feature?.featureKey).toBe("a");
});

test("REST is served by HTTP/1.1 and HTTP/2", async () => {
  const { url, ca } = await startTlsServer();
  const answer = once(get(`${url}/one`, { ca, agent: false }), "response").then(([response]) => text(response));
  const session = connectHttp2(url, { ca });
  onTestFinished(() => session.destroy());
  const two = text(session.request({ ":path": "/two" }));
  expect(await Promise.all([answer, two])).toEqual(["REST GET /one", "REST GET /two"]);
});

test.for<[offered: string[] | undefined, agreed: string | false]>([
  [["h2"], "h2"],
  [["http/1.1"], "http/1.1"],
  [["http/1.1", "h2"], "h2"],
  [["spdy/3", "http/1.1"], "http/1.1"],
  [undefined, false],
])("of %j a client gets %j", async ([offered, agreed]) => {
  const server = await startTlsServer();
  const socket = await connectTls(server, offered && { ALPNProtocols: offered });
  expect(socket.alpnProtocol).toBe(agreed);
});

test("a client that has agreed on nothing speaks HTTP/1.1", async () => {
  const socket = await connectTls(await startTlsServer());
  socket.write(httpGet);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*REST GET \/a$/s);
});

test("HTTP/2 is not to be had without having agreed on it", async () => {
  const socket = await connectTls(await startTlsServer());
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
});

describe("no connection comes about", () => {
  test.for<[name: string, options: ConnectionOptions, code: string]>([
    ["of an older version of TLS", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }, "ERR_SSL_"],
    ["with other protocols alone", { ALPNProtocols: ["spdy/3"] }, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
  ])("%s", async ([, options, code]) => {
    const server = await startTlsServer();
    await expect(connectTls(server, options)).rejects.toMatchObject({ code: expect.stringContaining(code) });
    expect((await connectTls(server)).authorized).toBe(true);
  });

  test("of a client that speaks no TLS", async () => {
    const server = await startTlsServer();
    const connection = await connectRaw(server.port, httpGet);
    expect(await connection.closed()).not.toContain("HTTP");
    expect((await connectTls(server)).authorized).toBe(true);
  });

  test("of one that stays silent, in time", async () => {
    const { port } = await startTlsServer({ limits: { detectionTimeoutMs: 30 } });
    expect(await (await connectRaw(port)).closed()).toBe("");
  });

  test("of one that says nothing once it is secured, in time", async () => {
    const server = await startTlsServer({ limits: { detectionTimeoutMs: 200 } });
    const socket = await connectTls(server);
    expect(await text(socket)).toBe("");
  });
});

test("an open connection is not negotiated anew", async () => {
  const socket = await connectTls(await startTlsServer(), { maxVersion: "TLSv1.2" });
  const failed = new Promise((resolve) => socket.once("error", resolve));
  socket.renegotiate({}, () => {});
  socket.write(httpGet);
  expect(String(await failed)).toContain("no renegotiation");
});

test("a call under way is answered when the server drains, and what is not secured yet is let go", async () => {
  const gate = createGate();
  const { server, url, ca, port } = await startTlsServer({ service: gate.service, limits: { drainGraceMs: 30 } });
  const silent = await connectRaw(port);
  const transports = [
    createGrpcTransport({ baseUrl: url, nodeOptions: { ca } }),
    createConnectTransport({ baseUrl: url, httpVersion: "1.1", nodeOptions: { ca } }),
  ];
  const calls = transports.map((transport) =>
    createClient(FeatureService, transport).deleteFeature({ featureKey: "a" }),
  );
  await gate.waiting(2);
  const drained = server.drain(10_000);
  await silent.closed();
  gate.open();
  await Promise.all(calls);
  expect(await drained).toBe(true);
});

test("every lane knows that its calls are secure", async () => {
  const urls: string[] = [];
  const peers: Peer[] = [];
  const procedures = notePeers(peers, ({ url }) => urls.push(url));
  const { url, ca } = await startTlsServer({ procedures, transcoder: createTranscoder({ methods: procedures }) });
  const options = { baseUrl: url, nodeOptions: { ca } };
  const transports = [
    createGrpcTransport(options),
    createConnectTransport({ ...options, httpVersion: "1.1" }),
    createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
    createGrpcWebTransport({ ...options, httpVersion: "2" }),
  ];
  for (const transport of transports) {
    await createClient(FeatureService, transport).getFeature({ featureKey: "a" });
  }
  const session = connectHttp2(url, { ca });
  onTestFinished(() => session.destroy());
  await text(session.request({ ":path": "/api/v1/features/a" }));
  expect(urls).toEqual([
    ...transports.map(() => `${url}/orgflags.v1.FeatureService/GetFeature`),
    `${url}/api/v1/features/a`,
  ]);
  expect(peers).toEqual(urls.map(() => ({ address: "127.0.0.1", certificateName: undefined })));
});
