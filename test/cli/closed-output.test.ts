import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
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
