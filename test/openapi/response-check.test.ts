import { connect } from "node:http2";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { writeChunk } from "../../src/transcoding/response.ts";
import { startServer } from "../server/test-server.ts";
import { observeAnswers } from "./answer-observer.ts";
import { faultsOf, type ObservedAnswer } from "./response-check.ts";

const path = "/api/v1/org-feature-flags/acme/sms_reminders";
const json = { "content-type": "application/json" };
const check = { org_id: "acme", feature_key: "sms_reminders", enabled: true };
const failure = { code: 5, message: "no such feature", details: [] };

function answer(changes: Partial<ObservedAnswer> & { readonly json?: unknown }): ObservedAnswer {
  const body = Buffer.from(JSON.stringify(changes.json ?? check));
  return { method: "GET", target: path, status: 200, headers: { ...json, etag: '"e"' }, body, ...changes };
}

test.for([
  ["an answer", {}],
  ["an error", { status: 404, headers: json, json: failure }],
  ["an error of another status", { status: 431, headers: json, json: failure }],
  ["not modified", { status: 304, headers: { etag: '"e"' }, body: Buffer.alloc(0) }],
  ["a HEAD", { method: "HEAD", body: Buffer.alloc(0) }],
  ["no such path", { target: "/nowhere", status: 404, headers: json, json: failure }],
  ["no such method", { method: "PATCH", status: 405, headers: { ...json, allow: "GET" }, json: failure }],
  ["OPTIONS", { method: "OPTIONS", status: 204, headers: { allow: "GET" }, body: Buffer.alloc(0) }],
] as const)("%s may be as the document says", ([, changes]) => {
  expect(faultsOf(answer(changes))).toEqual([]);
});

test.for([
  ["a field too many", { json: { ...check, more: 1 } }, "data must NOT have additional properties"],
  ["a field missing", { json: { org_id: "a", feature_key: "b" } }, "data must have required property 'enabled'"],
  ["a field of another type", { json: { ...check, enabled: "yes" } }, "data/enabled must be boolean"],
  ["no ETag", { headers: json }, "no header ETag"],
  ["another type", { headers: { etag: '"e"', "content-type": "text/plain" } }, "the content type text/plain"],
  ["no type", { headers: { etag: '"e"' } }, "the content type undefined"],
  [
    "an error without details",
    { status: 404, headers: json, json: { code: 5, message: "m" } },
    "data must have required property 'details'",
  ],
  ["a 405 without Allow", { method: "PATCH", status: 405, headers: json, json: failure }, "no header Allow"],
  ["a 304 with a body", { status: 304 }, "a body, where there should be none"],
  [
    "an undocumented success",
    { status: 202 },
    "data must have required property 'code', data must have required property 'message', data must have required property 'details', data must NOT have additional properties, data must NOT have additional properties, data must NOT have additional properties",
  ],
] as const)("%s is found", ([, changes, fault]) => {
  const observed = answer(changes);
  expect(faultsOf(observed)).toEqual([`${observed.method} ${path} ${observed.status}: ${fault}`]);
});

test.for([
  ["lines", "application/x-ndjson", '{"revision":"1"}\n{"revision":"2"}\n', 0],
  ["lines, one of which is no message", "application/x-ndjson", '{"revision":"1"}\n{"revision":2}\n', 1],
  ["events", "text/event-stream", 'id: 1\ndata: {"revision":"1"}\n\n', 0],
] as const)("a stream is checked as %s", ([, type, text, faults]) => {
  const stream = answer({
    target: "/api/v1/changes:watch",
    headers: { "content-type": type },
    body: Buffer.from(text),
  });
  expect(faultsOf(stream)).toHaveLength(faults);
});

async function observed(): Promise<{ port: number; answers: ObservedAnswer[] }> {
  const answers: ObservedAnswer[] = [];
  const { port } = await startServer({
    transcoder: {
      handle: (_, response) => {
        response.setHeader("x-set", "1");
        response.statusCode = 202;
        writeChunk(response, "a");
        response.end(Buffer.from("b"));
      },
    },
  });
  const unobserve = observeAnswers((seen) => answers.push(seen), port);
  onTestFinished(() => unobserve());
  return { port, answers };
}

test("answers over HTTP/1.1 are observed", async () => {
  const { port, answers } = await observed();
  const body = Buffer.from(await (await fetch(`http://127.0.0.1:${port}/rest?a=b`)).arrayBuffer());
  expect(body.toString()).toBe("ab");
  expect(answers).toMatchObject([{ method: "GET", target: "/rest?a=b", status: 202, headers: { "x-set": "1" }, body }]);
});

test("answers over HTTP/2 are observed", async () => {
  const { port, answers } = await observed();
  const session = connect(`http://127.0.0.1:${port}`);
  const body = await buffer(session.request({ ":path": "/rest" }));
  session.close();
  expect(body.toString()).toBe("ab");
  expect(answers).toMatchObject([{ method: "GET", target: "/rest", status: 202, headers: { "x-set": "1" }, body }]);
});

test("what is not REST is not observed", async () => {
  const { port, answers } = await observed();
  const url = `http://127.0.0.1:${port}`;
  const message = { method: "POST", headers: json, body: "{}" };
  await (await fetch(`${url}/orgflags.v1.FeatureService/ListFeatures`, message)).text();
  await (await fetch(`${url}/healthz`)).text();
  expect(answers).toEqual([]);
});
