import { expect, test } from "vitest";
import { readArguments } from "../../bench/arguments.ts";

test("without arguments the sizes are whole, and what takes long is left out", () => {
  expect(readArguments([])).toMatchObject({ short: false, large: false, rounds: 5, seconds: 1.5, json: undefined });
});

test("the short form has every row", () => {
  expect(readArguments(["--short"])).toMatchObject({ large: true, rounds: 1 });
});

test("--only matches parts of names", () => {
  const { only } = readArguments(["--only", "rest|grpc"]);
  expect(["rest-check", "grpc", "put"].map((name) => only.test(name))).toEqual([true, true, false]);
});

test.for([["--rounds", "0"], ["--rounds", "x"], ["--seconds", "-1"], ["--only", "("], ["--fast"], ["rest"]])(
  "%s %s is refused",
  (args) => {
    expect(() => readArguments(args)).toThrow();
  },
);
