import { create } from "@bufbuild/protobuf";
import { TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkTime, msFrom, msUpTo } from "../../src/services/time.ts";

const time = (seconds: bigint, nanos: number) => create(TimestampSchema, { seconds, nanos });

test.for([
  [time(-62_135_596_801n, 999_999_999)],
  [time(253_402_300_800n, 0)],
  [time(0n, -1)],
  [time(0n, 1_000_000_000)],
])("%o is none", ([value]) => {
  expect(checkTime("at", value)).toMatchObject({
    field: "at",
    description: expect.stringMatching(/^must be a time from/),
  });
});

test.for([[undefined], [time(-62_135_596_800n, 0)], [time(253_402_300_799n, 999_999_999)], [time(0n, 0)]])(
  "%o is fine",
  ([value]) => {
    expect(checkTime("at", value)).toBeUndefined();
  },
);

test("a time lies between the milliseconds up to it and from it, which are one where it is whole", () => {
  const seconds = fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_798n });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (whole, nanos) => {
      const [low, high] = [msUpTo(time(whole, nanos)), msFrom(time(whole, nanos))];
      const inNanos = whole * 1_000_000_000n + BigInt(nanos);
      expect(BigInt(low) * 1_000_000n <= inNanos && inNanos <= BigInt(high) * 1_000_000n).toBe(true);
      expect(high - low).toBe(nanos % 1_000_000 === 0 ? 0 : 1);
    }),
  );
});

test("milliseconds from before 1970 to the end of time are told back", () => {
  for (const ms of [-1, -62_135_596_800_000, 0, 1, 253_402_300_799_999]) {
    expect([msUpTo(timestampFromMs(ms)), msFrom(timestampFromMs(ms))]).toEqual([ms, ms]);
  }
  expect(msFrom(time(253_402_300_799n, 999_999_999))).toBe(253_402_300_799_999);
});
