import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { allTortures } from "./all-tortures.ts";
import { readArguments } from "./arguments.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/reliability.md"), "utf8");

test.for([...allTortures])("docs/reliability.md has a row of $name", ({ name }) => {
  expect(page).toMatch(new RegExp(`^\\| ${RegExp.escape(name)} \\| .* \\|$`, "m"));
});

test("what the command line asks for", () => {
  const asked = readArguments(["--only", "kill", "--rounds", "3", "--seed", "7", "--json", "a.json"], 0);
  expect(asked).toEqual({ only: /kill/, rounds: 3, seed: 7, json: "a.json", help: false });
  expect(readArguments([], 5)).toEqual({ only: /(?:)/, rounds: undefined, seed: 5, json: undefined, help: false });
});

test.for([
  [["--rounds", "0"], '--rounds must be a whole number from 1 to 999999999; got "0"'],
  [["--seed", "x"], '--seed must be a whole number from 1 to 999999999; got "x"'],
  [["--frob"], "Unknown option '--frob'"],
] as const)("%j is refused", ([args, message]) => {
  expect(() => readArguments(args, 0)).toThrow(message);
});
