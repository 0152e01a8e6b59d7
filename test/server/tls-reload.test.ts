import { once } from "node:events";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { issueForLoopback, writePair } from "../certificates.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { startServer } from "./test-server.ts";
import { startTlsServer, type TlsTestServer } from "./tls-server.ts";

const soon = { limits: { tlsReloadMs: 10 } };
const never = { limits: { tlsReloadMs: 2 ** 30 } };

/** The serial number of the certificate that a new connection is shown. */
async function serialOf({ port, ca }: Pick<TlsTestServer, "port" | "ca">): Promise<string> {
  const socket = await open({ port, ca });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function open({ port, ca }: Pick<TlsTestServer, "port" | "ca">): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

test("new files are noticed, and connections from before stay", async () => {
  const server = await startTlsServer(soon);
  const before = await serialOf(server);
  const old = await open(server);
  writePair(server.folder, await issueForLoopback(server.authority));
  await expect.poll(() => serialOf(server)).not.toBe(before);
  old.write("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(String((await once(old, "data"))[0])).toMatch(/^HTTP\/1\.1 200 /);
  expect(server.log.filter(({ level }) => level !== "debug")).toMatchObject([
    { level: "info", message: "new certificate in use", fields: { certFile: join(server.folder, "cert.pem") } },
  ]);
});

test("a folder that a link leads to can be replaced by another", async () => {
  const server = await startTlsServer();
  const { authority } = server;
  const folder = temporaryFolder();
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  writePair(one, await issueForLoopback(authority));
  writePair(two, await issueForLoopback(authority));
  symlinkSync(one, join(folder, "current"));
  const files = { certFile: join(folder, "current/cert.pem"), keyFile: join(folder, "current/key.pem") };
  const { port } = await startServer({ ...soon, tls: { ...files, clientCaFile: undefined, clientAuth: "none" } });
  const before = await serialOf({ port, ca: authority.cert });
  symlinkSync(two, join(folder, "next"));
  renameSync(join(folder, "next"), join(folder, "current"));
  await expect.poll(() => serialOf({ port, ca: authority.cert })).not.toBe(before);
});

test("new files are read at once where that is asked for", async () => {
  const server = await startTlsServer(never);
  const before = await serialOf(server);
  writePair(server.folder, await issueForLoopback(server.authority));
  expect(await serialOf(server)).toBe(before);
  server.server.reload();
  expect(await serialOf(server)).not.toBe(before);
});

test.for<[name: string, spoil: (server: TlsTestServer) => unknown, message: RegExp]>([
  [
    "a certificate that is none",
    ({ folder }) => writeFileSync(join(folder, "cert.pem"), "x"),
    /^the certificate file .*cert\.pem must hold a certificate in PEM; /,
  ],
  [
    "a key that is none",
    ({ folder }) => writeFileSync(join(folder, "key.pem"), "x"),
    /^the key file .*key\.pem must hold a private key in PEM, without a passphrase; /,
  ],
  ["no key", ({ folder }) => rmSync(join(folder, "key.pem")), /^the key file .*key\.pem can't be read \(ENOENT\); /],
  [
    "a key of another certificate",
    async ({ folder, authority }) => writeFileSync(join(folder, "key.pem"), (await issueForLoopback(authority)).key),
    /^the key in .*key\.pem is not the key of the certificate in .*cert\.pem; /,
  ],
])("with %s the certificate from before stays in use", async ([, spoil, message]) => {
  const server = await startTlsServer(soon);
  const before = await serialOf(server);
  await spoil(server);
  const told = () => server.log.filter(({ level }) => level === "error").map((entry) => entry.message);
  await expect.poll(told).toEqual([expect.stringMatching(message)]);
  expect(await serialOf(server)).toBe(before);
  // It is told once, and what is good is taken up again.
  writePair(server.folder, await issueForLoopback(server.authority));
  await expect.poll(() => serialOf(server)).not.toBe(before);
  expect(told()).toHaveLength(1);
});

test("a certificate that is over is complained about, and served", async () => {
  const server = await startTlsServer(never);
  const over = await server.authority.issue({ commonName: "localhost", notAfter: new Date(Date.now() - 1000) });
  writePair(server.folder, over);
  server.server.reload();
  expect(server.log.filter(({ level }) => level === "warn")).toMatchObject([
    { message: "the certificate is over: clients will refuse it" },
  ]);
  await expect(open(server)).rejects.toMatchObject({ code: "CERT_HAS_EXPIRED" });
});
