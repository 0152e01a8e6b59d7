import { type DescMessage, fromJson, toJson } from "@bufbuild/protobuf";
import { DurationSchema, FieldMaskSchema, StructSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { findTextForm } from "../../src/transcoding/well-known.ts";

describe("values", () => {
  test.for<[desc: DescMessage, text: string, json: string]>([
    [TimestampSchema, "2021-01-01T00:00:00Z", "2021-01-01T00:00:00Z"],
    [TimestampSchema, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    [TimestampSchema, "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"],
    [TimestampSchema, "2020-02-29T12:00:00+23:59", "2020-02-28T12:01:00Z"],
    [TimestampSchema, "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"],
    [TimestampSchema, "2021-01-01T00:00:00-00:00", "2021-01-01T00:00:00Z"],
    [DurationSchema, "0s", "0s"],
    [DurationSchema, "-0s", "0s"],
    [DurationSchema, "-0.5s", "-0.500s"],
    [DurationSchema, "1.000000001s", "1.000000001s"],
    [DurationSchema, "315576000000s", "315576000000s"],
    [DurationSchema, "-315576000000s", "-315576000000s"],
    [FieldMaskSchema, "id", "id"],
    [FieldMaskSchema, "string_value,nested.seenAt", "stringValue,nested.seenAt"],
  ])("%s of %s", ([desc, text, json]) => {
    const message = findTextForm(desc)?.parse(text);
    expect(message).toEqual(fromJson(desc, json));
    expect(message && toJson(desc, message)).toBe(json);
  });

  test("a mask keeps names that are proto names, whatever they look like", () => {
    const paths = ["address_1", "some_Name", "*", "a.b_c"];
    expect(findTextForm(FieldMaskSchema)?.parse(paths.join(","))).toMatchObject({ paths });
  });
});

describe("texts that are none", () => {
  test.for<[desc: DescMessage, texts: string[]]>([
    [
      TimestampSchema,
      [
        ...["", "null", "now", "0", "2021-01-01", "2021-01-01T00:00:00", "2021-01-01T00:00Z", "2021-1-1T0:0:0Z"],
        ...["2021-02-30T00:00:00Z", "2021-02-29T00:00:00Z", "2021-00-01T00:00:00Z", "2021-13-01T00:00:00Z"],
        ...["2021-01-00T00:00:00Z", "2021-01-32T00:00:00Z", "2021-01-01T24:00:00Z", "2021-01-01T23:60:00Z"],
        ...["2021-01-01T23:59:60Z", "2021-01-01T00:00:00.Z", "2021-01-01T00:00:00.0000000001Z"],
        ...["2021-01-01t00:00:00z", "2021-01-01 00:00:00Z", "2021-01-01T00:00:00+24:00", "2021-01-01T00:00:00+00:60"],
        ...[
          "2021-01-01T00:00:00+0100",
          "0000-12-31T23:59:59Z",
          "0001-01-01T00:00:00+00:01",
          "9999-12-31T23:59:59-00:01",
        ],
        ...["+2021-01-01T00:00:00Z", "12021-01-01T00:00:00Z", " 2021-01-01T00:00:00Z"],
      ],
    ],
    [
      DurationSchema,
      [
        ...["", "null", "1", "1.5", "s", ".5s", "1.s", "+1s", "1S", "1s ", "1m", "1h", "1ms", "1ss", "1s30", "1e3s"],
        ...["1.0000000001s", "315576000001s", "-315576000001s", "1000000000000s", "--1s"],
      ],
    ],
    [FieldMaskSchema, ["", ",", "a,", ",a", "a,,b", "a b", "a.", ".a", "a..b", "1a", "a-b", "a[b]", "**"]],
  ])("%s", ([desc, texts]) => {
    expect(texts.filter((text) => findTextForm(desc)?.parse(text) !== undefined)).toEqual([]);
  });
});

test("other messages have no text form", () => {
  expect(findTextForm(StructSchema)).toBeUndefined();
});
