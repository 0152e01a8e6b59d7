import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect, type TLSSocket } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Peer } from "../../src/rpc/peer.ts";
import type { ClientAuth } from "../../src/server/tls-files.ts";
import { createTranscoder } from "../../src/transcoding/transcoder.ts";
import { createAuthority, type Pair, type Subject } from "../certificates.ts";
import { notePeers } from "./peer-guard.ts";
import { startTlsServer, type TlsTestServer } from "./tls-server.ts";

const httpCall = [
  "POST /orgflags.v1.FeatureService/GetFeature HTTP/1.1",
  "Host: x",
  "Content-Type: application/json",
  "Content-Length: 2",
  "Connection: close",
  "",
  "{}",
].join("\r\n");

const day = 86_400_000;
const ci: Subject = { commonName: "ci" };
const past: Subject = { ...ci, notAfter: new Date(Date.now() - day) };

/** Makes one call; resolves with what was answered, empty where the connection was closed instead. */
async function call({ port, ca }: TlsTestServer, pair?: Pair, session?: Buffer): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca, ...pair, session });
  onTestFinished(() => void socket.destroy());
  return answerOn(socket);
}

function answerOn(socket: TLSSocket): Promise<string> {
  let received = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.write(httpCall);
  return new Promise((resolve) => socket.once("close", () => resolve(received)));
}

type Shown = "nothing" | "a good one" | "one of others" | "one that is over";

test.for<[auth: ClientAuth, shown: Shown, isServed: boolean, name: string | undefined]>([
  ["none", "nothing", true, undefined],
  ["none", "a good one", true, undefined],
  ["optional", "nothing", true, undefined],
  ["optional", "a good one", true, "ci"],
  ["optional", "one of others", false, undefined],
  ["optional", "one that is over", false, undefined],
  ["required", "nothing", false, undefined],
  ["required", "a good one", true, "ci"],
  ["required", "one of others", false, undefined],
  ["required", "one that is over", false, undefined],
])("where certificates of clients are %s, a client that shows %s", async ([auth, shown, isServed, name]) => {
  const peers: Peer[] = [];
  const server = await startTlsServer({ procedures: notePeers(peers) }, auth);
  const others = await createAuthority("test");
  const pairs: Readonly<Record<Shown, Pair | undefined>> = {
    nothing: undefined,
    "a good one": await server.authority.issue(ci),
    "one of others": await others.issue(ci),
    "one that is over": await server.authority.issue(past),
  };
  const answer = await call(server, pairs[shown]);
  expect(answer).toMatch(isServed ? /^HTTP\/1\.1 200 OK/ : /^$/);
  expect(peers).toEqual(isServed ? [{ address: "127.0.0.1", certificateName: name }] : []);
});

test.for<[subject: Subject, name: string | undefined]>([
  [{ names: [{ type: "dns", value: "ci.example.com" }] }, "ci.example.com"],
  [
    {
      ...ci,
      names: [
        { type: "dns", value: "a.example" },
        { type: "url", value: "spiffe://prod/ci" },
      ],
    },
    "spiffe://prod/ci",
  ],
  [{ ...ci, names: [{ type: "dns", value: "a, URI:spiffe://prod/admin" }] }, "a, URI:spiffe://prod/admin"],
  [{ ...ci, names: [{ type: "ip", value: "10.0.0.1" }] }, "ci"],
  [{ names: [{ type: "ip", value: "10.0.0.1" }] }, undefined],
])("a certificate of %j is that of %j", async ([subject, name]) => {
  const peers: Peer[] = [];
  const server = await startTlsServer({ procedures: notePeers(peers) }, "required");
  expect(await call(server, await server.authority.issue(subject))).toMatch(/^HTTP\/1\.1 200 /);
  expect(peers.map(({ certificateName }) => certificateName)).toEqual([name]);
});

test("every lane knows the name", async () => {
  const peers: Peer[] = [];
  const procedures = notePeers(peers);
  const options = { procedures, transcoder: createTranscoder({ methods: procedures }) };
  const { url, ca, authority } = await startTlsServer(options, "required");
  const nodeOptions = { ca, ...(await authority.issue(ci)) };
  const transports = [
    createGrpcTransport({ baseUrl: url, nodeOptions }),
    createConnectTransport({ baseUrl: url, nodeOptions, httpVersion: "1.1" }),
    createGrpcWebTransport({ baseUrl: url, nodeOptions, httpVersion: "1.1" }),
    createGrpcWebTransport({ baseUrl: url, nodeOptions, httpVersion: "2" }),
  ];
  for (const transport of transports) {
    await createClient(FeatureService, transport).getFeature({ featureKey: "a" });
  }
  const session = connectHttp2(url, nodeOptions);
  onTestFinished(() => session.destroy());
  await text(session.request({ ":path": "/api/v1/features/a" }));
  expect(peers.map(({ certificateName }) => certificateName)).toEqual(["ci", "ci", "ci", "ci", "ci"]);
});

test.for(["TLSv1.2", "TLSv1.3"] as const)("a session of %s that is taken up again keeps the name", async (version) => {
  const peers: Peer[] = [];
  const server = await startTlsServer({ procedures: notePeers(peers) }, "optional");
  const pair = await server.authority.issue(ci);
  const first = connect({ host: "127.0.0.1", port: server.port, ca: server.ca, maxVersion: version, ...pair });
  onTestFinished(() => void first.destroy());
  const [[session]] = await Promise.all([once(first, "session"), answerOn(first)]);
  const second = connect({ host: "127.0.0.1", port: server.port, ca: server.ca, maxVersion: version, session });
  onTestFinished(() => void second.destroy());
  const answer = answerOn(second);
  await once(second, "secureConnect");
  expect(second.isSessionReused()).toBe(true);
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(peers.map(({ certificateName }) => certificateName)).toEqual(["ci", "ci"]);
});

test("a session with a client whose authority is trusted no more is not taken up again", async () => {
  const peers: Peer[] = [];
  const server = await startTlsServer({ procedures: notePeers(peers) }, "optional");
  const pair = await server.authority.issue(ci);
  const first = connect({ host: "127.0.0.1", port: server.port, ca: server.ca, ...pair });
  onTestFinished(() => void first.destroy());
  const [[session]] = await Promise.all([once(first, "session"), answerOn(first)]);
  writeFileSync(join(server.folder, "clients.pem"), (await createAuthority("another")).cert);
  server.server.reload();
  expect(await call(server, pair, session)).toBe("");
  expect(await call(server, undefined, session)).toMatch(/^HTTP\/1\.1 200 /);
  expect(peers.map(({ certificateName }) => certificateName)).toEqual(["ci", undefined]);
});
