import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Asks, and resolves with the exit code and all that was printed. */
async function asked(args: readonly string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await runOrgflags(["health", ...args], env).ended;
  return { exitCode, said: stdout + stderr };
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // A server that listens on a port has an address of this kind.
  return (server.address() as AddressInfo).port;
}

test("a service that takes requests is ready, by its port as by its address", async () => {
  const url = await runService(join(temporaryFolder(), "orgflags.db")).url;
  const well = { exitCode: exitCodes.ok, said: "" };
  expect(await asked(["--port", new URL(url).port])).toEqual(well);
  expect(await asked([], { ORGFLAGS_PORT: new URL(url).port })).toEqual(well);
  expect(await asked(["--url", `${url}/healthz`])).toEqual(well);
});

test.for([503, 302, 404])("one that answers %i is not", async (status) => {
  const port = await portOf(createServer((_, response) => response.writeHead(status, { location: "/" }).end("{}")));
  const said = `orgflags: http://127.0.0.1:${port}/readyz answered ${status}\n`;
  expect(await asked(["--port", String(port)])).toEqual({ exitCode: exitCodes.notReady, said });
});

test("one that is not there is not", async () => {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  const said = `orgflags: http://127.0.0.1:${port}/readyz can't be reached (ECONNREFUSED)\n`;
  expect(await asked(["--port", String(port)])).toEqual({ exitCode: exitCodes.notReady, said });
});

test("one that never answers is given up", async () => {
  const port = await portOf(createServer(() => {}));
  const said = `orgflags: http://127.0.0.1:${port}/readyz gave no answer within 5 seconds\n`;
  expect(await asked(["--port", String(port)])).toEqual({ exitCode: exitCodes.notReady, said });
});

test.for(["ftp://127.0.0.1/", "readyz"])("--url %s is refused", async (url) => {
  const accepted = "a URL without user and password, such as http://127.0.0.1:8080/readyz";
  const said = `orgflags: --url (ORGFLAGS_HEALTH_URL) must be ${accepted}; got "${url}"; see "orgflags health --help"\n`;
  expect(await asked(["--url", url])).toEqual({ exitCode: exitCodes.usage, said });
});
