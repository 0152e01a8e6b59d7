import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { decoded } from "./decoded.ts";
import { type Secrets, traceIn } from "./traces.ts";

const secrets: Secrets = { words: ["secretcorp"], numbers: { from: 31_330, to: 31_399 } };
const text = '{"org_id":"SecretCorp-1"}';
const envelope = (flags: number, payload: Buffer) => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
};

test.for<readonly [string, Buffer, Readonly<Record<string, string>>, string]>([
  ["as it is", Buffer.from(text), {}, "secretcorp"],
  ["in base64", Buffer.from(Buffer.from(text.toLowerCase()).toString("base64url")), {}, "secretcorp"],
  ["in base64, one further", Buffer.from(Buffer.from(` ${text.toLowerCase()}`).toString("base64")), {}, "secretcorp"],
  ["in base64, two further", Buffer.from(Buffer.from(`  ${text.toLowerCase()}`).toString("base64")), {}, "secretcorp"],
  ["compressed", gzipSync(text), { "content-encoding": "gzip" }, "secretcorp"],
  [
    "in a compressed message",
    Buffer.concat([envelope(0, Buffer.from("a")), envelope(1, gzipSync(text))]),
    { "content-type": "application/grpc+proto", "grpc-encoding": "gzip" },
    "secretcorp",
  ],
  ["as a number", Buffer.from('"total":31337}'), {}, "31337"],
  ["as a number with a comma", Buffer.from("of 31,337 overrides"), {}, "31337"],
  ["as a number of a message", Buffer.from([0x18, 0xe9, 0xf4, 0x01, 0x20, 0x01]), {}, "31337"],
])("a trace is found %s", ([, body, headers, trace]) => {
  expect(
    decoded(headers, body)
      .map((part) => traceIn(part, secrets))
      .find((found) => found !== undefined),
  ).toBe(trace);
});

test.for(["", "secretcor", "1313370", "0.31337", "2026-03-26T10:00:00.313Z"])("no trace is found in %j", (harmless) => {
  expect(traceIn(Buffer.from(harmless), secrets)).toBeUndefined();
});
