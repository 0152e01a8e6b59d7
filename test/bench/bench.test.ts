import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { Result } from "../../bench/report/result.ts";
import { allRows } from "../../bench/rows/all-rows.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const root = resolve(import.meta.dirname, "../..");

/** Every row, with all that it compares, in the order in which they run. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "rest-check": ["node:http floor", "orgflags"],
  "rest-organisation": ["node:http floor", "orgflags"],
  "rest-not-modified": ["node:http floor", "orgflags"],
  "connect-json": ["node:http floor", "orgflags", "connect-node"],
  "connect-proto": ["node:http floor", "orgflags", "connect-node"],
  "ofrep-check": ["REST check", "OFREP"],
  "ofrep-bulk": ["REST organisation", "OFREP bulk", "OFREP bulk, 304"],
  grpc: ["node:http2 floor, body read", "node:http2 floor", "orgflags", "connect-node", "grpc-js"],
  "rest-token": ["public, no token", "public, token sent", "token required"],
  "grpc-token": ["public, no token", "public, token sent", "token required"],
  matching: ["10 routes", "2000 routes", "2000 routes, each in turn"],
  put: ["orgflags", "orgflags, each write by itself"],
  "check-beside-writes": [
    "node:http floor, checks alone",
    "node:http floor, checks beside 1,000 PUT/s",
    "checks alone",
    "checks beside 1,000 PUT/s",
  ],
  "check-stored": ["1,000 stored", "1,000,000 stored", "1,000,000 stored, first check of each"],
  list: ["first page, 3,000 stored", "first page, 3,000,000 stored", "page after 1,000,000 rows, 3,000,000 stored"],
  watch: ["node:http SSE floor", "orgflags"],
  "watch-memory": ["node:http SSE floor", "orgflags"],
  "flagd-live": ["node:http SSE floor", "flagd-provider, told"],
  "ofrep-live": ["node:http SSE floor", "OFREP event and bulk"],
  start: ["nothing stored", "10,000,000 overrides stored"],
  memory: ["orgflags"],
};

test("the rows are those of the table", () => {
  expect(allRows.map(({ name }) => name)).toEqual(Object.keys(expected));
});

// Some thirty processes are started, one after another, perhaps while other tests run.
const timeout = 180_000;

test("the short form runs, has every row, and leaves nothing behind", { timeout }, async () => {
  const folder = temporaryFolder();
  const json = join(temporaryFolder(), "result.json");
  const bench = spawn(process.execPath, ["bench/main.ts", "--short", "--folder", folder, "--json", json], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void bench.kill("SIGTERM"));
  const [printed, progress, [exitCode]] = await Promise.all([
    text(bench.stdout),
    text(bench.stderr),
    once(bench, "close"),
  ]);

  expect(progress).not.toContain("failed");
  expect(exitCode).toBe(0);
  const { rows, setting } = JSON.parse(readFileSync(json, "utf8")) as Result; // Written by the process above.
  const subjects = rows.map((row) => [row.name, row.error ?? row.lines.map(({ subject }) => subject)]);
  expect(Object.fromEntries(subjects)).toEqual(expected);
  expect(rows.flatMap((row) => (row.error === undefined && row.verdicts.length > 0 ? [] : [row.name]))).toEqual([]);
  expect(printed).toContain(setting.commit);
  expect(printed).toContain("| server CPU: orgflags ÷ node:http floor");
  expect(readdirSync(folder)).toEqual([]);
});
