// `npm run bench`: measures the service against floors and others in one run. docs/performance.md says how to read it.
import { writeFileSync } from "node:fs";
import { type Arguments, help, readArguments } from "./arguments.ts";
import { markdownReport } from "./report/markdown.ts";
import type { Result, RowResult } from "./report/result.ts";
import { readSetting } from "./report/setting.ts";
import { allRows } from "./rows/all-rows.ts";
import type { Bench, Row } from "./rows/row.ts";
import { fullScale, shortScale } from "./scale.ts";
import { Workspace } from "./workspace.ts";

const exitCodes = { ok: 0, rowFailed: 1, usage: 2, interrupted: 130 };

async function run(asked: Arguments): Promise<Result> {
  const { short, large, only, rounds, seconds, folder, json } = asked;
  const workspace = new Workspace(folder);
  // However the run ends. Subjects end by themselves when their harness is gone.
  process.once("exit", () => workspace.remove());
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => process.exit(exitCodes.interrupted));
  }
  const setting = readSetting(workspace.folder);
  const bench: Bench = { rounds, seconds, scale: short ? shortScale : fullScale, workspace };
  const rows: RowResult[] = [];
  const result = { setting, rounds, seconds, short, rows };
  for (const row of allRows.filter((each) => only.test(each.name) && (large || !each.large))) {
    rows.push(await runRow(row, bench));
    // At once, so that what is interrupted has told what it has measured.
    if (json !== undefined) {
      writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
    }
  }
  return result;
}

async function runRow(row: Row, bench: Bench): Promise<RowResult> {
  const { name, work } = row;
  const beganAt = performance.now();
  try {
    const outcome = await row.run(bench);
    process.stderr.write(`${name}: ${((performance.now() - beganAt) / 1000).toFixed(1)} s\n`);
    return { name, work, ...outcome };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${name}: failed\n`);
    return { name, work, error: message };
  }
}

function argumentsOrExit(): Arguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(exitCodes.usage);
  }
}

const asked = argumentsOrExit();
if (asked.help) {
  process.stdout.write(help);
} else {
  const result = await run(asked);
  process.stdout.write(markdownReport(result));
  process.exitCode = result.rows.some(({ error }) => error !== undefined) ? exitCodes.rowFailed : exitCodes.ok;
}
