import { describe, expect, test } from "vitest";
import { DomainError } from "../../src/domain/errors.ts";
import { callOf } from "../../src/rpc/call-metadata.ts";

/** Metadata as it stands in a header: one character for each byte of UTF-8. */
function metadata(actor: string | Buffer, reason: string | Buffer = ""): Headers {
  const bytes = (value: string | Buffer) => Buffer.from(value).toString("latin1");
  return new Headers({ "orgflags-actor": bytes(actor), "orgflags-reason": bytes(reason) });
}

function refusal(headers: Headers): unknown {
  try {
    return callOf(headers);
  } catch (error) {
    return error;
  }
}

test("without metadata the actor is anonymous and there is no reason", () => {
  expect(callOf(new Headers())).toEqual({ actor: "anonymous", reason: "" });
});

test("empty metadata is none", () => {
  expect(callOf(metadata("", ""))).toEqual({ actor: "anonymous", reason: "" });
});

test.each([
  ["ASCII", "ops@example.com", "rollout 3"],
  ["UTF-8", "Jürgen 🚀", "因為"],
  ["as long as may be", "ü".repeat(128), "x".repeat(1024)],
  ["a byte order mark", "\uFEFFa", "b"],
])("%s is taken as it is", (_name, actor, reason) => {
  expect(callOf(metadata(actor, reason))).toEqual({ actor, reason });
});

test("a reason needs no actor", () => {
  expect(callOf(metadata("", "why"))).toEqual({ actor: "anonymous", reason: "why" });
});

describe("INVALID_ARGUMENT names the key", () => {
  test.each([
    ["an actor that is too long", metadata("a".repeat(257)), "orgflags-actor", "must be at most 256 bytes, has 257"],
    [
      "too many bytes in few characters",
      metadata("ü".repeat(129)),
      "orgflags-actor",
      "must be at most 256 bytes, has 258",
    ],
    [
      "a reason that is too long",
      metadata("a", "b".repeat(1025)),
      "orgflags-reason",
      "must be at most 1024 bytes, has 1025",
    ],
    [
      "what is no UTF-8",
      metadata(Buffer.from([0x61, 0xfc])),
      "orgflags-actor",
      "must be UTF-8 text without control characters",
    ],
    [
      "a surrogate in UTF-8",
      metadata(Buffer.from([0xed, 0xa0, 0x80])),
      "orgflags-actor",
      "must be UTF-8 text without control characters",
    ],
    [
      "an actor that only this service can be",
      metadata("system:expiry"),
      "orgflags-actor",
      'must not begin with "system:", which is for changes that this service makes by itself',
    ],
    ["a tab", metadata("a", "b\tc"), "orgflags-reason", "must be UTF-8 text without control characters"],
    ["DEL", metadata("a\x7f"), "orgflags-actor", "must be UTF-8 text without control characters"],
    [
      "a control character of Unicode",
      metadata("a\u0085b"),
      "orgflags-actor",
      "must be UTF-8 text without control characters",
    ],
  ])("for %s", (_name, headers, field, description) => {
    const error = refusal(headers);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", violations: [{ field, description }] });
  });
});
