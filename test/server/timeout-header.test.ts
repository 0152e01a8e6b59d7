import { expect, test } from "vitest";
import { dropEndlessTimeout } from "../../src/server/timeout-header.ts";

test.each([
  ["grpc-timeout", "1H", true],
  ["grpc-timeout", "596H", true],
  ["grpc-timeout", "597H", false],
  ["grpc-timeout", "99999999M", false],
  ["grpc-timeout", "2147483S", true],
  ["grpc-timeout", "2147484S", false],
  ["grpc-timeout", "99999999m", true],
  ["grpc-timeout", "99999999n", true],
  ["grpc-timeout", "nonsense", true],
  ["connect-timeout-ms", "2147483647", true],
  ["connect-timeout-ms", "2147483648", false],
  ["connect-timeout-ms", "nonsense", true],
])("%s: %s, kept: %s", (name, value, isKept) => {
  const header = new Headers({ [name]: value });
  dropEndlessTimeout(header);
  expect(header.has(name)).toBe(isKept);
});
