import { afterEach, expect, test, vi } from "vitest";
import { warnOfOpenDoor } from "../../src/cli/open-door.ts";

afterEach(() => vi.restoreAllMocks());

function warningOf(auth: "public" | "public-read" | "required", host: string): string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  warnOfOpenDoor({ auth, host });
  return write.mock.calls.map(([text]) => String(text)).join("");
}

test.for(["0.0.0.0", "::", "10.0.0.7", "flags.example", "::ffff:10.0.0.7"])(
  "an open service on %s is warned of in one line",
  (host) => {
    expect(warningOf("public", host)).toMatch(
      /^orgflags: warning: anybody who reaches \S+ can .* flags; set --auth .*\n$/,
    );
  },
);

test.for([
  ["public", "127.0.0.1"],
  ["public", "127.8.0.1"],
  ["public", "::1"],
  ["public", "::ffff:127.0.0.1"],
  ["public", "localhost"],
  ["public-read", "0.0.0.0"],
  ["required", "0.0.0.0"],
] as const)("--auth %s on %s needs no warning", ([auth, host]) => {
  expect(warningOf(auth, host)).toBe("");
});
