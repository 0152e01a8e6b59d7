import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { filledDatabase } from "../storage/sqlite/filled-database.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const main = resolve(import.meta.dirname, "../../src/main.ts");

/** Runs `orgflags ARGS` for somebody who has gone before it prints anything. */
async function runUnread(args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const [[exitCode], complaints] = await Promise.all([once(child, "close"), text(child.stderr)]);
  return { exitCode, complaints };
}

test.for([[["--help"]], [["serve", "--help"]]])("orgflags %j takes it that nobody reads", async ([args = []]) => {
  expect(await runUnread(args)).toEqual({ exitCode: 0, complaints: "" });
});

/** Runs `orgflags ARGS` with an output that has no room. */
function runWithoutRoom(args: readonly string[]) {
  const full = openSync("/dev/full", "w");
  onTestFinished(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    stdio: ["ignore", full, "pipe"],
  });
  return { exitCode: status, complaints: stderr };
}

test
  .runIf(existsSync("/dev/full"))
  .for([
    [["--help"]],
    [["serve", "--help"]],
    [["token", "create", "--role", "admin"]],
    [["token", "list", "--json"]],
    [["verify"]],
    [["export"]],
    [["export", "--format", "flagd"]],
    [["import", "--dry-run", "EXPORT"]],
  ] as const)("orgflags %j says so where there is no room for what it prints", async ([args]) => {
  const source = join(temporaryFolder(), "export.jsonl");
  writeFileSync(source, '{"orgflags_export":1}\n{"kind":"end"}\n');
  const database = args[0] === "--help" || args.at(-1) === "--help" ? [] : ["--db", await filledDatabase()];
  const ended = runWithoutRoom([...args.map((arg) => (arg === "EXPORT" ? source : arg)), ...database]);
  expect(ended).toEqual({
    exitCode: exitCodes.outputLost,
    complaints: "orgflags: what was to be printed can't be written (ENOSPC: no space left on device, write)\n",
  });
});

test("a dry run of an import takes it that nobody reads", async () => {
  const file = await filledDatabase();
  const source = join(temporaryFolder(), "export.jsonl");
  const overrides = Array.from({ length: 1000 }, (_, index) => {
    return `{"kind":"override","org_id":"org_${index}","feature_key":"sms_reminders","enabled":true}\n`;
  });
  writeFileSync(source, `{"orgflags_export":1}\n${overrides.join("")}{"kind":"end"}\n`);
  const run = runUnread(["import", "--db", file, "--dry-run", source]);
  expect(await run).toEqual({ exitCode: 0, complaints: "" });
});
