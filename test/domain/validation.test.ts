import { describe, expect, test } from "vitest";
import { invalidArgument } from "../../src/domain/errors.ts";
import {
  checkDescription,
  checkPresent,
  checkRange,
  isFeatureKey,
  isOrgId,
  quote,
  requireValid,
} from "../../src/domain/validation.ts";

describe("an org_id", () => {
  test.for(["a", "9", "org_812", "acme:eu", "Team@Example.org", "a-b.c", "x".repeat(128), "constructor"])(
    "may be %j",
    (id) => {
      expect(isOrgId(id)).toBe(true);
    },
  );

  test.for(["", "_a", "__proto__", "-a", ".", "..", ":a", "a/b", "a b", "a\n", "a\0", "ä", "😀", "x".repeat(129)])(
    "may not be %j",
    (id) => {
      expect(isOrgId(id)).toBe(false);
    },
  );
});

describe("a feature_key", () => {
  test.for(["a", "sms_reminders", "a.b-c_9", "x".repeat(64), "constructor"])("may be %j", (key) => {
    expect(isFeatureKey(key)).toBe(true);
  });

  test.for(["", "A", "9a", "_a", "__proto__", "a:b", "a@b", "a/b", "a\n", "x".repeat(65)])("may not be %j", (key) => {
    expect(isFeatureKey(key)).toBe(false);
  });
});

test("a range has both its ends", () => {
  expect([1, 100].map((limit) => checkRange("limit", limit, 1, 100))).toEqual([undefined, undefined]);
  expect(checkRange("limit", 0, 1, 100)).toEqual({ field: "limit", description: "must be 1 to 100; got 0" });
  expect(checkRange("limit", -1, 1, 1000)).toEqual({ field: "limit", description: "must be 1 to 1,000; got -1" });
});

test("a description has up to 1,024 characters", () => {
  expect(checkDescription("description", "x".repeat(1024))).toBeUndefined();
  expect(checkDescription("description", "😀".repeat(1024))).toBeUndefined();
  expect(checkDescription("description", undefined)).toBeUndefined();
  expect(checkDescription("description", "x".repeat(1025))?.description).toBe(
    "must have at most 1024 characters; got 1025",
  );
});

test("false is present", () => {
  expect(checkPresent("enabled", false, "true or false")).toBeUndefined();
  expect(checkPresent("enabled", undefined, "true or false")?.description).toBe("is required: true or false");
});

test("all violations are thrown together", () => {
  const [a, b] = [
    { field: "a", description: "is bad" },
    { field: "b", description: "is worse" },
  ];
  expect(() => requireValid(a, undefined, b)).toThrow(invalidArgument([a, b]));
  expect(invalidArgument([a, b]).message).toBe("a: is bad; b: is worse");
  expect(() => requireValid(undefined)).not.toThrow();
});

test("a quoted value can't break out of its quotes, and long ones are cut", () => {
  expect(quote('a"b\n')).toBe('"a\\"b\\n"');
  expect(quote("x".repeat(5000))).toBe(`"${"x".repeat(40)}"… (5,000 characters)`);
});
