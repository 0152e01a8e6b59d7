import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { type Authority, createAuthority, issueForLoopback, writePair } from "../certificates.ts";
import { runService, type ServiceProcess } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

interface Started {
  readonly service: ServiceProcess;
  readonly authority: Authority;
  readonly folder: string;
}

async function start(...flags: readonly string[]): Promise<Started> {
  const authority = await createAuthority("test");
  const folder = join(temporaryFolder(), "tls");
  const { certFile, keyFile } = writePair(folder, await issueForLoopback(authority));
  const database = join(temporaryFolder(), "orgflags.db");
  const service = runService(database, "--demo", "--tls-cert", certFile, "--tls-key", keyFile, ...flags);
  return { service, authority, folder };
}

/** Asks on a connection of its own; tells the status line, and the certificate's serial number. */
async function ask({ service, authority }: Started): Promise<{ status: string | undefined; serial: string }> {
  const { hostname: host, port } = new URL(await service.url);
  const socket = connect({ host, port: Number(port), ca: authority.cert });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  const { serialNumber: serial } = socket.getPeerCertificate();
  socket.write("GET /api/v1/org-feature-flags/org_812 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [status] = (await text(socket)).split("\r\n");
  return { status, serial };
}

test("one server process takes new certificates in by itself, and at once by SIGHUP", async () => {
  const started = await start();
  expect(await started.service.url).toMatch(/^https:/);
  const before = await ask(started);
  expect(before.status).toBe("HTTP/1.1 200 OK");
  writePair(started.folder, await issueForLoopback(started.authority));
  started.service.kill("SIGHUP");
  await expect.poll(async () => (await ask(started)).serial).not.toBe(before.serial);
  started.service.kill("SIGTERM");
  expect((await started.service.ended).exitCode).toBe(0);
});

test("every one of several server processes speaks TLS, and takes new certificates in", async () => {
  const started = await start("--workers", "2");
  const before = await ask(started);
  const all = await Promise.all(Array.from({ length: 8 }, () => ask(started)));
  expect(all).toEqual(all.map(() => before));
  writePair(started.folder, await issueForLoopback(started.authority));
  const serials = async () => new Set([(await ask(started)).serial, (await ask(started)).serial]);
  // Turns are taken, so that two connections in a row are those of both.
  await expect.poll(async () => [...(await serials())], { timeout: 10_000 }).not.toContain(before.serial);
  started.service.kill("SIGTERM");
  expect((await started.service.ended).exitCode).toBe(0);
});

test.for(["1", "2"])("files that can't be used are refused in one line, with --workers %s", async (workers) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "cert.pem"), "x");
  const files = ["--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem")];
  const { exitCode, stdout, stderr } = await runService(join(folder, "orgflags.db"), ...files, "--workers", workers)
    .ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: exitCodes.usage, stdout: "" });
  expect(stderr).toBe(`orgflags: the key file ${join(folder, "key.pem")} can't be read (ENOENT)\n`);
});
