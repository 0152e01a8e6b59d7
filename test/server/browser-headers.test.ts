import { once } from "node:events";
import { connect } from "node:http2";
import { expect, onTestFinished, test } from "vitest";
import { headersFor } from "../../src/server/browser-headers.ts";
import { startServer, type TestServer } from "./test-server.ts";
import { startTlsServer } from "./tls-server.ts";

/** The head of an answer to a request by HTTP/2, where a test says every header itself. */
async function headOf({ url, ca }: TestServer, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const session = connect(url, ca === undefined ? {} : { ca });
  onTestFinished(() => session.destroy());
  const stream = session.request({ ":path": "/a", ...headers });
  const [head] = await once(stream.resume(), "response");
  return head;
}

const nosniff = { "x-content-type-options": "nosniff" };
const hsts = { ...nosniff, "strict-transport-security": "max-age=31536000" };
const own = { "cache-control": "private, no-cache" };
const all = { "access-control-allow-origin": "*" };
const pick = [
  "access-control-allow-origin",
  "cache-control",
  "strict-transport-security",
  "vary",
  "x-content-type-options",
];

test.for<[headers: Record<string, string>, plain: object, secure: object]>([
  [{}, all, { ...all, ...hsts }],
  [{ "sec-fetch-mode": "navigate" }, { ...all, ...nosniff }, { ...all, ...hsts }],
  [{ "upgrade-insecure-requests": "1" }, { ...all, ...nosniff }, { ...all, ...hsts }],
  [{ origin: "https://a.example" }, all, { ...all, ...hsts }],
  [
    { authorization: "Bearer x" },
    { ...all, ...own, vary: "Authorization" },
    { ...all, ...hsts, ...own, vary: "Authorization" },
  ],
  [
    { authorization: "Bearer x", "sec-fetch-mode": "cors" },
    { ...all, ...nosniff, ...own, vary: "Authorization" },
    { ...all, ...hsts, ...own, vary: "Authorization" },
  ],
  [{ ":method": "PUT" }, {}, {}],
  [{ ":method": "PUT", authorization: "Bearer x" }, {}, {}],
  [{ ":method": "PUT", "sec-fetch-mode": "cors" }, nosniff, nosniff],
  [{ ":method": "PUT", origin: "https://a.example" }, all, { ...all, ...hsts }],
])("an answer to %j has the headers that it takes", async ([headers, plain, secure]) => {
  const seen = async (server: TestServer) => {
    const head = await headOf(server, headers);
    return Object.fromEntries(pick.flatMap((name) => (head[name] === undefined ? [] : [[name, head[name]]])));
  };
  expect(await seen(await startServer())).toEqual(plain);
  expect(await seen(await startTlsServer())).toEqual(secure);
});

test("what varied before varies still", () => {
  expect(headersFor({ vary: "Origin" }, "GET", { authorization: "x" })).toEqual({
    vary: "Origin, Authorization",
    ...own,
  });
});

test("headers of the same answers are made once", () => {
  const added = { a: "b" };
  const headers = { authorization: "x", "sec-fetch-mode": "cors" };
  expect(headersFor(added, "GET", headers)).toBe(headersFor(added, "GET", headers));
  expect(headersFor(added, "GET", {})).toBe(added);
  expect(headersFor(undefined, "GET", {})).toBeUndefined();
});
