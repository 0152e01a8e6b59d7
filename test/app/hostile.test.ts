import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { connectRaw } from "../server/raw-connection.ts";

const base = "/api/v1/org-feature-flags";
const rpc = "/orgflags.v1.OrgFeatureFlagService/CheckOrgFeatureFlag";
const valid = '{"feature_key":"sms_reminders","enabled":true}';

interface Head {
  readonly host?: string | null;
  readonly type?: string | null;
  readonly version?: string;
}

/** The bytes of a request; each character is one byte. */
function request(
  line: string,
  body = "",
  { host = "localhost", type = "application/json", version = "1.1" }: Head = {},
): string {
  const head = [
    `${line} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(body === "" || type === null ? [] : [`Content-Type: ${type}`]),
    ...(body === "" ? [] : [`Content-Length: ${body.length}`]),
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

const put = (body: string, head?: Head) => request(`PUT ${base}/acme`, body, head);
const post = (body: string, head?: Head) => request(`POST ${rpc}`, body, head);
const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const big = `{"feature_key":"${"a".repeat(2 * 1024 * 1024)}","enabled":true}`;

// What is sent, the status that comes back, and what the answer says.
const corpus: readonly (readonly [string, string, number, string])[] = [
  ["no Host", request(`GET ${base}`, "", { host: null }), 400, ""],
  ["no Host, HTTP/1.0, to an RPC", post('{"org_id":"acme"}', { host: null, version: "1.0" }), 400, "Host"],
  [
    "no Host, HTTP/1.0, to REST",
    request(`GET ${base}/acme`, "", { host: null, version: "1.0" }),
    200,
    '"org_id":"acme"',
  ],
  ["a malformed Host", request(`GET ${base}`, "", { host: "a b" }), 400, "Host"],
  ["a malformed Host, to an RPC", post("{}", { host: "[" }), 400, "Host"],
  ["a Host with a path", post("{}", { host: "localhost/x" }), 400, "Host"],
  ["a Host with a user", post("{}", { host: "me@localhost" }), 400, "Host"],
  ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, ""],
  ["a bad preface", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 400, ""],
  ["a target without slash", request("GET api/v1"), 400, ""],
  ["no JSON", put("{not json}"), 400, "JSON"],
  ["half a JSON", put('{"feature_key":"a"'), 400, "JSON"],
  ["an array", put("[]"), 400, ""],
  ["null", put("null"), 400, ""],
  ["deep JSON", put(deep(100_000)), 400, ""],
  ["deep JSON to an RPC", post(deep(100_000)), 400, ""],
  ["a number for a key", put('{"feature_key":1,"enabled":true}'), 400, "feature_key"],
  ["a text for a boolean", put('{"feature_key":"a","enabled":"yes"}'), 400, "enabled"],
  ["an unknown field", put('{"feature_key":"a","enabled":true,"colour":1}'), 400, "colour"],
  ["a field that is missing", put('{"feature_key":"a"}'), 400, "enabled"],
  ["__proto__ as a field", put('{"__proto__":{"enabled":true},"feature_key":"a"}'), 400, "__proto__"],
  ["__proto__ as an id", request(`GET ${base}/__proto__`), 400, "org_id"],
  ["__proto__ as a key", request(`GET ${base}/acme/__proto__`), 400, "feature_key"],
  ["__proto__ as a key to write", put('{"feature_key":"__proto__","enabled":true}'), 400, "feature_key"],
  ["constructor as id and key", request(`GET ${base}/constructor/constructor`), 404, "constructor"],
  ["constructor as an id", request(`GET ${base}/constructor`), 200, '"org_id":"constructor"'],
  ["__proto__ as a parameter", request(`GET ${base}?__proto__=1`), 400, "__proto__"],
  ["2 MiB of body", put(big), 413, ""],
  ["2 MiB of body to an RPC", post(big), 429, ""],
  ["a body that is no UTF-8", put('{"feature_key":"\xff\xfe","enabled":true}'), 400, "UTF-8"],
  ["an id that is no UTF-8", request(`GET ${base}/%ff%fe`), 400, "UTF-8"],
  ["a malformed escape", request(`GET ${base}/%zz`), 400, ""],
  ["a slash within an id", request(`GET ${base}/a%2Fb`), 400, "org_id"],
  ["a NUL within an id", request(`GET ${base}/a%00b`), 400, "org_id"],
  ["an empty id", request(`GET ${base}/`), 404, ""],
  ["a wrong content type", put(valid, { type: "text/xml" }), 415, "application/json"],
  ["a form", put("a=b", { type: "application/x-www-form-urlencoded" }), 415, "application/json"],
  ["a wrong content type to an RPC", post(valid, { type: "text/xml" }), 415, ""],
  ["gRPC over HTTP/1.1 with rubbish", post("rubbish", { type: "application/grpc+proto" }), 200, "grpc-status"],
  ["a page that is no number", request(`GET ${base}?page=one`), 400, "page"],
  ["page 0", request(`GET ${base}?page=0`), 400, "page"],
  ["a limit out of range", request(`GET ${base}?limit=101`), 400, "limit"],
  ["an unknown parameter", request(`GET ${base}?colour=red`), 400, "colour"],
  ["a method that is not there", request(`PATCH ${base}/acme`), 405, "Allow: DELETE, GET, HEAD, OPTIONS, PUT"],
  ["a path that is not there", request("GET /nothing/here"), 404, ""],
  ["an RPC that is not there", request("POST /orgflags.v1.OrgFeatureFlagService/Nope", "{}"), 404, "unimplemented"],
  ["a head that is too long", request(`GET ${base}?org_id=${"a".repeat(20_000)}`), 431, ""],
  ["chunks that are none", `PUT ${base}/acme HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, ""],
  ["two lengths", `PUT ${base}/acme HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400, ""],
  [
    "a length and chunks",
    `PUT ${base}/acme HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    "",
  ],
  ["a header with a line break", `GET ${base} HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n`, 400, ""],
];

/** Sends bytes and waits until the connection is closed; keeps nothing. */
async function exchange(port: number, bytes: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  socket.write(bytes, "latin1");
  await once(socket, "close");
}

describe("hostile input", () => {
  test.for(corpus)("%s gets the right answer, and the service lives", async ([, bytes, status, says]) => {
    const { url, complaints } = await startApp();
    const connection = await connectRaw(Number(new URL(url).port), bytes);
    const answer = await connection.closed();
    expect(answer.split("\r\n")[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain(says.toLowerCase());
    // No internals: no stack, no file.
    expect(answer).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(complaints).toEqual([]);
  });

  test("half requests that are left behind cost nothing", async () => {
    const { url } = await startApp();
    for (const cut of [1, 10, 24, 60, 100]) {
      const connection = await connectRaw(Number(new URL(url).port), put(valid).slice(0, cut));
      connection.socket.destroy();
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("memory does not grow", { timeout: 120_000 }, async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const { url } = await startApp();
    const round = async () => {
      for (const [, bytes] of corpus) {
        await exchange(Number(new URL(url).port), bytes);
      }
    };
    const blocks: number[] = [];
    for (let block = 0; block < 6; block++) {
      for (let i = 0; i < 8; i++) {
        await round();
      }
      // What is collected may let go of more when the loop comes around.
      collect();
      await setImmediate();
      collect();
      const { heapUsed, external } = process.memoryUsage();
      blocks.push(heapUsed + external);
    }
    // A leak shows in every block, what the platform compiles and keeps in some: the smallest growth tells. One leaked
    // request object for each of a block's 400 requests would be more than this, one leaked body many times as much.
    const growths = blocks.slice(1).map((bytes, index) => bytes - (blocks[index] ?? 0));
    expect(Math.min(...growths)).toBeLessThan(128 * 1024);
  });
});
