import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../src/server/limits.ts";
import { bothLanes } from "./both-lanes.ts";
import { envelope, wires } from "./wire.ts";

const path = "/orgflags.v1.FeatureService/CreateFeature";
const { maxBodyBytes } = defaultLimits;
const message = Buffer.from("\x0a\x01a", "latin1");
const badMessage = Buffer.from("\x0a\xff", "latin1");
const none = Buffer.alloc(0);

/** What the body of a gRPC call can be instead of one message. */
const envelopes: readonly (readonly [string, Buffer])[] = [
  ["no envelope", none],
  ["part of a prefix", Buffer.from("\0\0\0", "latin1")],
  ["a prefix alone", envelope(none, 0, 3)],
  ["a prefix for a message over the limit", envelope(none, 0, maxBodyBytes + 1)],
  ["a prefix for a message of 4 GiB", envelope(none, 0, 0xffffffff)],
  ["a truncated message", envelope(message.subarray(0, 2), 0, 3)],
  ["a message of no bytes", envelope(none)],
  ["a compressed message", envelope(message, 1)],
  ["a flag that is not known", envelope(message, 2)],
  ["all flags", envelope(message, 255)],
  ["a message that is no protobuf", envelope(badMessage)],
  ["two messages", Buffer.concat([envelope(message), envelope(message)])],
  ["three messages", Buffer.concat([envelope(message), envelope(message), envelope(message)])],
  ["a second message that is no protobuf", Buffer.concat([envelope(message), envelope(badMessage)])],
  ["a second message that is compressed", Buffer.concat([envelope(message), envelope(message, 1)])],
  ["a second message over the limit", Buffer.concat([envelope(message), envelope(none, 0, maxBodyBytes + 1)])],
  [
    "no protobuf and a second message over the limit",
    Buffer.concat([envelope(badMessage), envelope(none, 0, 2 ** 31)]),
  ],
  ["a byte behind the message", Buffer.concat([envelope(message), Buffer.from("x")])],
  ["a prefix behind the message", Buffer.concat([envelope(message), envelope(none, 0, 3)])],
  ["a truncated message behind the message", Buffer.concat([envelope(message), envelope(message, 0, 9)])],
  ["an empty message behind the message", Buffer.concat([envelope(message), envelope(none)])],
  ["text", Buffer.from('{"featureKey":"a"}')],
];

/** What the body of a Connect call can be, whatever the codec. */
const bodies: readonly (readonly [string, Buffer])[] = [
  ["no body", none],
  ["no protobuf", badMessage],
  ["protobuf of another message", Buffer.from("\x08\x05", "latin1")],
  ["protobuf with unknown fields", Buffer.from("\x0a\x01a\xa2\x06\x01b", "latin1")],
  ["protobuf with a string that is no UTF-8", Buffer.from("\x0a\x01\xff", "latin1")],
  ["no JSON", Buffer.from("{")],
  ["JSON of another kind", Buffer.from("[]")],
  ["JSON with a field of another type", Buffer.from('{"featureKey":5}')],
  ["JSON with unknown fields", Buffer.from('{"featureKey":"a","b":{"c":[1]}}')],
  ["JSON with a field twice", Buffer.from('{"featureKey":"a","featureKey":"b"}')],
  ["JSON with a field by both of its names", Buffer.from('{"featureKey":"a","feature_key":"b"}')],
  ["JSON that is no UTF-8", Buffer.from('{"featureKey":"\xff\xc3"}', "latin1")],
  ["JSON with a lone surrogate", Buffer.from('{"featureKey":"\\ud800"}')],
  ["JSON behind a byte order mark", Buffer.from('\ufeff{"featureKey":"a"}')],
  ["JSON and more", Buffer.from('{"featureKey":"a"} {}')],
  ["JSON of a million brackets", Buffer.from("[".repeat(1_000_000))],
  ["deep JSON", Buffer.from(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`)],
];

describe.each(wires)("$name", ({ http, protocol, contentType, timeout, encode }) => {
  const send = bothLanes();
  const type = { "content-type": contentType };

  test.for(protocol === "gRPC" ? envelopes : bodies)("%s", async ([, body]) => {
    const { lean, stock, isTaken } = await send(http, { path, headers: type, pieces: [body] });
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });

  test.for(["0m", "1x", "123456789m", "-1S", "", "0", "99999999H", "9999999999", "99999999999", "1e99", "1, 2"])(
    "a deadline of %j",
    async (text) => {
      const headers = { ...type, [timeout]: text };
      const { lean, stock, isTaken } = await send(http, {
        path,
        headers,
        pieces: [encode({ featureKey: "metadata" })],
      });
      expect(lean).toEqual(stock);
      expect(isTaken).toBe(true);
    },
  );

  test("a deadline that passes", async () => {
    const headers = { ...type, [timeout]: protocol === "gRPC" ? "1m" : "1" };
    const pieces = [encode({ featureKey: "until it is aborted" })];
    const { lean, stock, isTaken } = await send(http, { path, headers, pieces });
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });
});
