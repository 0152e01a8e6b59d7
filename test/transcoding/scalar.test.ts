import { ScalarType } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { parseEnum, parseScalar } from "../../src/transcoding/scalar.ts";
import { ColorSchema } from "../gen/kinds_pb.ts";

describe("values", () => {
  test.for<[type: keyof typeof ScalarType, text: string, value: unknown]>([
    ["STRING", "", ""],
    ["BOOL", "true", true],
    ["BOOL", "false", false],
    ["INT32", "-0", 0],
    ["INT32", "007", 7],
    ["INT32", `${"0".repeat(1000)}7`, 7],
    ["SINT32", "-2147483648", -2147483648],
    ["FIXED32", "4294967295", 4294967295],
    ["INT64", "-9223372036854775808", -(2n ** 63n)],
    ["UINT64", "18446744073709551615", 2n ** 64n - 1n],
    ["DOUBLE", "-0", -0],
    ["DOUBLE", "0.1", 0.1],
    ["DOUBLE", "1E-7", 1e-7],
    ["DOUBLE", "NaN", Number.NaN],
    ["FLOAT", "-Infinity", Number.NEGATIVE_INFINITY],
    ["FLOAT", "3.4028234663852886e38", 3.4028234663852886e38],
    ["BYTES", "", Uint8Array.of()],
    ["BYTES", "+/8=", Uint8Array.of(251, 255)],
    ["BYTES", "-_8", Uint8Array.of(251, 255)],
  ])("%s of %s", ([type, text, value]) => {
    expect(parseScalar(ScalarType[type], text)).toEqual(value);
  });
});

describe("texts that are none", () => {
  test.for<[type: keyof typeof ScalarType, texts: string[]]>([
    ["BOOL", ["", "TRUE", "True", "1", "t", "yes", " true"]],
    ["INT32", ["", "+1", "1.0", "1e3", "0x1", "1_000", " 1", "1 ", "--1", "-", "2147483648", "9".repeat(10_000), "١"]],
    ["UINT32", ["-1", "4294967296", "-4294967295"]],
    ["INT64", ["9223372036854775808", "-9223372036854775809", "1n", "9".repeat(21)]],
    ["UINT64", ["-1", "18446744073709551616"]],
    ["DOUBLE", ["", ".5", "5.", "01", "+1", "1e", "1e999", "inf", "infinity", "nan", "0x1", " 1"]],
    ["FLOAT", ["3.5e38", "-3.5e38", "1e39"]],
    ["BYTES", ["!", "A", "AAAAA", "AA=", "AAA==", "=", "AA==AA==", "-/8=", "A A A A", "AA\n"]],
  ])("%s", ([type, texts]) => {
    expect(texts.map((text) => parseScalar(ScalarType[type], text))).toEqual(texts.map(() => undefined));
  });
});

test.for<[text: string, value: number | undefined]>([
  ["COLOR_RED", 1],
  ["7", 7],
  ["-1", -1],
  ["0", 0],
  ["3", undefined],
  ["", undefined],
  ["color_red", undefined],
  ["constructor", undefined],
])("the enum value %s is %s", ([text, value]) => {
  expect(parseEnum(ColorSchema, text)).toBe(value);
});
