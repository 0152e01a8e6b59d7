import { expect, test } from "vitest";
import { ofrepFaultsOf } from "./ofrep-schema.ts";

const flags = "/ofrep/v1/evaluate/flags";
const value = { key: "sso", value: true, reason: "TARGETING_MATCH", variant: "on", metadata: { revision: 4 } };

function faults(target: string, status: number, json: object, headers: Record<string, string> = {}): string[] {
  const head = { "content-type": "application/json", "orgflags-revision": "4", ...headers };
  return ofrepFaultsOf({ method: "POST", target, status, headers: head, body: Buffer.from(JSON.stringify(json)) });
}

test("answers as the document has them pass", () => {
  const stream = { type: "sse", endpoint: { requestUri: "/ofrep/v1/events/acme?after=4" }, inactivityDelaySec: 120 };
  expect(faults(`${flags}/sso`, 200, value)).toEqual([]);
  expect(faults(flags, 200, { flags: [value], eventStreams: [stream] }, { etag: '"4"' })).toEqual([]);
  expect(faults(`${flags}/sso`, 404, { key: "sso", errorCode: "FLAG_NOT_FOUND" })).toEqual([]);
  expect(faults(flags, 400, { errorCode: "TARGETING_KEY_MISSING", errorDetails: "context" })).toEqual([]);
});

test.for([
  ["a reason that OFREP has not", `${flags}/sso`, 200, { ...value, reason: "DEFAULT" }],
  ["no value", `${flags}/sso`, 200, { ...value, value: undefined }],
  ["metadata that are no plain values", `${flags}/sso`, 200, { ...value, metadata: { org: { id: "acme" } } }],
  ["a member of no meaning", `${flags}/sso`, 200, { ...value, refreshedAt: 1 }],
  ["an error without its flag", `${flags}/sso`, 400, { errorCode: "GENERAL" }],
  ["the wrong code for the status", `${flags}/sso`, 404, { key: "sso", errorCode: "GENERAL" }],
  ["a code that OFREP has not", flags, 400, { errorCode: "INVALID_ARGUMENT" }],
  ["an internal error that tells more", `${flags}/sso`, 500, { errorDetails: "", stack: "" }],
  ["a stream of no kind", flags, 200, { flags: [], eventStreams: [{ url: "https://a.example" }] }, { etag: '"4"' }],
  ["no entity tag", flags, 200, { flags: [value] }],
  ["no time to come again", flags, 429, { errorCode: "GENERAL" }],
] as const)("%s is a fault", ([, target, status, json, headers = {}]) => {
  expect(faults(target, status, json, headers)).toHaveLength(1);
});
