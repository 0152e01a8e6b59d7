import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Client, type ClientReadableStream, Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangeService, type WatchChangesResponse } from "../../gen/orgflags/v1/change_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { grpcClient } from "../grpc-js-client.ts";
import { openPage, type StartedBrowser, startBrowser } from "../openapi/browser.ts";
import { restCall } from "../rest-call.ts";
import { startPrinting } from "./printing-client.ts";

const root = join(import.meta.dirname, "../..");
const watchPath = "/api/v1/changes:watch";

function put(app: { url: string }, orgId: string, enabled: boolean) {
  return restCall(app, `PUT /api/v1/org-feature-flags/${orgId}`, { feature_key: "sms_reminders", enabled });
}

// What `curl -sN` does, for machines without it: everything that comes is printed at once.
const likeCurl = `require("node:http").get(process.argv[1], { headers: { accept: process.argv[2] } }, (answer) => answer.pipe(process.stdout))`;

function curl(url: string, accept: string) {
  const isThere = spawnSync("curl", ["--version"]).status === 0;
  return isThere
    ? startPrinting("curl", ["-sN", "-H", `accept: ${accept}`, url])
    : startPrinting(process.execPath, ["-e", likeCurl, url, accept]);
}

describe("curl -N follows changes", () => {
  test("as lines of JSON", async () => {
    const app = await startApp();
    const client = curl(`${app.url}${watchPath}?org_id=acme&from_revision=4`, "*/*");
    await client.until('{"revision":"4"}\n');
    await put(app, "globex", true);
    await put(app, "acme", true);
    const printed = await client.until('"revision":"6"');
    const lines = printed
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { revision: "4" },
      { revision: "6", change: { org_id: "acme", after: { enabled: true } } },
    ]);
  });

  test("as Server-Sent Events, until the server ends", async () => {
    const app = await startApp();
    const client = curl(`${app.url}${watchPath}`, "text/event-stream");
    await client.until('id: 4\ndata: {"revision":"4"}\n\n');
    await put(app, "acme", true);
    await client.until('id: 5\ndata: {"revision":"5","change":{"revision":"5"');
    await app.app.close();
    expect(await client.ended).toMatch(
      /event: error\ndata: \{"error":\{"code":14,"message":"the server is shutting down".*\n\n$/,
    );
  });
});

describe("a grpc-js stream follows changes", () => {
  const { watchChanges } = ChangeService.method;

  function watch(client: Client, fromRevision: bigint): ClientReadableStream<WatchChangesResponse> {
    const request = { $typeName: watchChanges.input.typeName, fromRevision, snapshot: false } as const;
    return client.makeServerStreamRequest(
      `/${ChangeService.typeName}/${watchChanges.name}`,
      (message: typeof request) => Buffer.from(toBinary(watchChanges.input, message)),
      (bytes: Buffer) => fromBinary(watchChanges.output, bytes),
      request,
      new Metadata(),
    );
  }

  test("from a revision, with the revision of the beginning in its metadata", async () => {
    const app = await startApp();
    const stream = watch(grpcClient(app.url), 3n);
    const metadata = new Promise<Metadata>((resolve) => stream.once("metadata", resolve));
    const revisions: bigint[] = [];
    for await (const message of stream as AsyncIterable<WatchChangesResponse>) {
      revisions.push(message.revision);
      if (revisions.length === 1) {
        await put(app, "acme", true);
      }
      if (message.revision === 5n) {
        break;
      }
    }
    expect(revisions).toEqual([3n + 1n, 5n]);
    expect((await metadata).get("orgflags-revision")).toEqual(["4"]);
  });

  test("until the server ends, which is UNAVAILABLE", async () => {
    const app = await startApp();
    const stream = watch(grpcClient(app.url), 4n);
    const error = new Promise((resolve) => stream.once("error", resolve));
    stream.once("data", () => void app.app.close());
    expect(await error).toMatchObject({ code: 14, details: "the server is shutting down" });
  });
});

test.for(["grpc", "grpcweb", "connect"])("buf curl follows changes by %s", { timeout: 60_000 }, async (protocol) => {
  const app = await startApp();
  const method = `${app.url}/${ChangeService.typeName}/WatchChanges`;
  const request = '{"orgId":"acme","fromRevision":"4"}';
  const args = ["curl", "--protocol", protocol, "--http2-prior-knowledge", "-d", request, method];
  const client = startPrinting(join(root, "node_modules/.bin/buf"), args);
  await client.until('"revision": "4"');
  await put(app, "globex", true);
  await put(app, "acme", true);
  const printed = await client.until('"enabled": true');
  expect(printed).toContain('"revision": "6"');
  expect(printed).not.toContain('"revision": "5"');
});

describe("a browser's EventSource follows changes", () => {
  let started: StartedBrowser;
  beforeAll(async () => {
    started = await startBrowser();
  }, 60_000);
  afterAll(() => started.stop());

  /** Revisions that the page has heard of, and the numbers of changes among them. */
  const heard = `[...window.heard]`;
  const listen = `
    window.heard = [];
    window.source = new EventSource("${watchPath}?org_id=acme&from_revision=4");
    window.source.onmessage = ({ data, lastEventId }) => {
      const { revision, change } = JSON.parse(data);
      window.heard.push([lastEventId, revision, change?.after?.enabled ?? null]);
    };`;

  async function hears(page: Awaited<ReturnType<typeof openPage>>["page"], revision: number): Promise<unknown> {
    await page.waitForFunction(`window.heard.some(([id]) => id === "${revision}")`);
    return page.evaluate(heard);
  }

  test("and goes on by itself, without a gap or a repeat, when the server is another one", {
    timeout: 60_000,
  }, async () => {
    const first = await startApp();
    const { page } = await openPage(started.browser, `${first.url}/openapi.json`, {});
    await page.evaluate(listen);
    expect(await hears(page, 4)).toEqual([["4", "4", null]]);
    await put(first, "acme", true);
    await put(first, "globex", true);
    await put(first, "acme", false);
    const before = [
      ["4", "4", null],
      ["5", "5", true],
      ["7", "7", false],
    ];
    expect(await hears(page, 7)).toEqual(before);
    const port = Number(new URL(first.url).port);
    await first.app.close();
    const second: AppUnderTest = await startApp({ port, databaseFile: first.databaseFile });
    await put(second, "acme", true);
    expect(await hears(page, 8)).toEqual([...before, ["8", "8", true]]);
    await page.evaluate("window.source.close()");
  });
});
