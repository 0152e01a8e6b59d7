import { create } from "@bufbuild/protobuf";
import { createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CreateFeatureRequestSchema,
  FeatureService,
  UpdateFeatureRequestSchema,
} from "../../gen/orgflags/v1/feature_pb.ts";
import { everything, type Identity } from "../../src/domain/access.ts";
import type { Call } from "../../src/domain/call.ts";
import { readCallOf, writeCallOf } from "../../src/rpc/call-of.ts";
import { setCaller } from "../../src/rpc/caller.ts";

const { createFeature, updateFeature } = FeatureService.method;
const request = create(CreateFeatureRequestSchema, { featureKey: "sms" });

function contextOf(requestHeader: Headers, caller?: Identity): HandlerContext {
  const context = createHandlerContext({
    service: FeatureService,
    method: createFeature,
    protocolName: "connect",
    requestMethod: "POST",
    url: "http://localhost/",
    requestHeader,
  });
  if (caller !== undefined) {
    setCaller(context, caller);
  }
  return context;
}

function read(headers: Record<string, string>, caller?: Identity): Call {
  return writeCallOf(contextOf(new Headers(headers), caller), createFeature, request);
}

const scope = { orgIds: new Set(["org_1"]), featureKeys: undefined };
const editor: Identity = { name: "token:ab12", role: "editor", scope };
const admin: Identity = { name: "ops", role: "admin", scope: everything };

test.for([
  [{}, { actor: "token:ab12", reason: "", scope }],
  [
    { "orgflags-actor": "token:ab12", "orgflags-reason": "why" },
    { actor: "token:ab12", reason: "why", scope },
  ],
] as const)("who writes with %j is who proved to be", ([headers, call]) => {
  expect(read(headers, editor)).toEqual(call);
});

test("nobody but an admin may act as another", () => {
  expect(() => read({ "orgflags-actor": "ada" }, editor)).toThrow(
    'orgflags-actor: only an admin may act as another; leave it out, or give "token:ab12"',
  );
  expect(read({ "orgflags-actor": "ada" }, admin)).toEqual({ actor: "ada", reason: "" });
  expect(read({}, admin)).toEqual({ actor: "ops", reason: "" });
});

test("a read knows no more than whom the caller may see", () => {
  expect(readCallOf(contextOf(new Headers({ "orgflags-actor": "ada" })))).toEqual({ actor: "anonymous", reason: "" });
  expect(readCallOf(contextOf(new Headers(), admin))).toEqual({ actor: "anonymous", reason: "" });
  expect(readCallOf(contextOf(new Headers(), editor))).toEqual({ actor: "anonymous", reason: "", scope });
});

test("a write without conditions and key is only somebody's", () => {
  expect(read({ "orgflags-actor": "ada" })).toEqual({ actor: "ada", reason: "" });
});

test("conditions and key come with who writes", () => {
  const call = read({
    "orgflags-actor": "ada",
    "orgflags-if-revision": "57",
    "if-match": '"on"',
    "idempotency-key": "k",
  });
  expect(call).toEqual({
    actor: "ada",
    reason: "",
    conditions: { ifRevision: 57, ifMatch: ["on"] },
    idempotency: { key: "k", fingerprint: expect.stringMatching(/^[\w-]{43}$/) },
  });
});

describe("If-Match", () => {
  test.for([
    ["*", ["*"]],
    [' "on" ', ["on"]],
    ['"5.7.123"', ["5.7.123"]],
    ['"on", "off"', ["on", "off"]],
    ['"a","b"', ["a", "b"]],
    [', "a", ,"b",', ["a", "b"]],
    ['W/"on"', []],
    ['W/"on", "off"', ["off"]],
    ['"a,b"', ["a,b"]],
    ['"*"', []],
    ['""', [""]],
    ['"5.7.123-gzip", "12-br"', ["5.7.123", "12"]],
  ] as const)("%j names the versions %j", ([header, ifMatch]) => {
    expect(read({ "if-match": header }).conditions).toEqual({ ifRevision: undefined, ifMatch });
  });

  test.for(["", "on", "'on'", '"on', 'on"', '"a" "b"', '*, "a"', '"a", *', '"a"b', 'w/"a"', ",", '"a b"'])(
    "%j is refused",
    (header) => {
      expect(() => read({ "if-match": header })).toThrow(
        `If-Match: must be * or entity tags in quotes, separated by commas, as ETag has them: "on"; got ${JSON.stringify(header)}`,
      );
    },
  );

  test("takes any list of entity tags", () => {
    const tag = fc.string({ unit: fc.constantFrom("a", "7", ".", "!", ",", "~", "\u00ff", "_") });
    const separator = fc.constantFrom(",", " , ", ",\t", ",,");
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1 }), separator, (tags, between) => {
        const header = tags.map((each) => `"${each}"`).join(between);
        expect(read({ "if-match": header }).conditions?.ifMatch).toEqual(tags);
      }),
    );
  });

  test("of 16 KiB is read at once, whatever it is", () => {
    const began = performance.now();
    for (const piece of [" ", ",", '"', '"",', '" ', "W/"]) {
      try {
        read({ "if-match": `"a"${piece.repeat(16_384 / piece.length)}x` });
      } catch {
        // Refused, as it should be.
      }
    }
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

test.for(["", "-1", "1.5", "one", "1e3", "0x1", "9007199254740992", "99999999999999999", "1, 2", "١"])(
  "orgflags-if-revision %j is refused",
  (text) => {
    const header = Buffer.from(text).toString("latin1");
    expect(() => read({ "orgflags-if-revision": header })).toThrow(
      `orgflags-if-revision: must be a revision: a whole number from 0 to 9,007,199,254,740,991; got ${JSON.stringify(header)}`,
    );
  },
);

test.for(["0", "1", "9007199254740991"])("orgflags-if-revision %s is taken", (text) => {
  expect(read({ "orgflags-if-revision": text }).conditions).toEqual({ ifRevision: Number(text), ifMatch: undefined });
});

describe("Idempotency-Key", () => {
  test.for(["", "a".repeat(256), "\u00fc", "a\tb"])("%j is refused", (key) => {
    expect(() => read({ "idempotency-key": key })).toThrow(
      "Idempotency-Key: must be 1 to 255 printable ASCII characters",
    );
  });

  test.for(["a", "a".repeat(255), '"8e03978e-40d5"', "a b~!"])("%j is taken", (key) => {
    expect(read({ "idempotency-key": key }).idempotency?.key).toBe(key);
  });

  test("has the same fingerprint for the same request of the same method alone", () => {
    const header = new Headers({ "idempotency-key": "k" });
    const print = (...[method, message]: [typeof createFeature | typeof updateFeature, typeof request]) =>
      writeCallOf(contextOf(header), method, message).idempotency?.fingerprint;
    const first = print(createFeature, request);
    expect(print(createFeature, create(CreateFeatureRequestSchema, { featureKey: "sms" }))).toBe(first);
    expect(print(createFeature, create(CreateFeatureRequestSchema, { featureKey: "smt" }))).not.toBe(first);
    // The same bytes, of another method.
    const update = create(UpdateFeatureRequestSchema, { featureKey: "sms" });
    expect(writeCallOf(contextOf(header), updateFeature, update).idempotency?.fingerprint).not.toBe(first);
  });
});

test("what came of a write under a key is that of the scope, too", () => {
  const key = { "idempotency-key": "k" };
  const fingerprint = (of: Identity["scope"]) => read(key, { ...editor, scope: of }).idempotency?.fingerprint;
  const all = read(key).idempotency?.fingerprint;
  expect(fingerprint(everything)).toBe(all);
  expect(fingerprint(scope)).toBe(fingerprint({ ...scope, orgIds: new Set(["org_1"]) }));
  const narrower = { ...scope, featureKeys: new Set(["sms"]) };
  expect(new Set([all, fingerprint(scope), fingerprint(narrower)]).size).toBe(3);
});
