// `npm run torture`: ill-treats the service in every way that docs/reliability.md names, and reports what held.
import { writeFileSync } from "node:fs";
import { allTortures } from "./all-tortures.ts";
import { type Arguments, help, readArguments } from "./arguments.ts";
import { Ground } from "./ground.ts";
import { headOf, type Result, section, setting } from "./report.ts";
import type { Torture } from "./torture.ts";

const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

async function torment(torture: Torture, { seed, rounds }: Arguments, ground: Ground): Promise<Result> {
  const beganAt = performance.now();
  const head = headOf(torture, seed, rounds);
  const seconds = () => (performance.now() - beganAt) / 1000;
  const lacks = torture.lacks?.();
  if (lacks !== undefined) {
    return { ...head, seconds: 0, lacks, figures: undefined, error: undefined };
  }
  try {
    const figures = await torture.run(ground, rounds ?? torture.amount);
    return { ...head, seconds: seconds(), figures, error: undefined };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...head, seconds: seconds(), figures: undefined, error: message };
  } finally {
    await ground.clear();
  }
}

async function run(asked: Arguments): Promise<readonly Result[]> {
  const results: Result[] = [];
  let ground = new Ground(asked.seed);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => ground.clear().finally(() => process.exit(exitCodes.interrupted)));
  }
  for (const torture of allTortures.filter(({ name }) => asked.only.test(name))) {
    ground = new Ground(asked.seed, (line) => process.stderr.write(`${torture.name}: ${line}\n`));
    const result = await torment(torture, asked, ground);
    results.push(result);
    // At once, so that what is interrupted has told what it has found.
    process.stdout.write(`\n${section(result)}`);
    if (asked.json !== undefined) {
      writeFileSync(asked.json, `${JSON.stringify(results, undefined, 2)}\n`);
    }
  }
  return results;
}

function argumentsOrExit(): Arguments {
  try {
    return readArguments(process.argv.slice(2), Date.now());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(exitCodes.usage);
  }
}

const asked = argumentsOrExit();
if (asked.help) {
  process.stdout.write(help);
} else {
  process.stdout.write(`${setting()}\n`);
  const results = await run(asked);
  process.exitCode = results.some(({ error }) => error !== undefined) ? exitCodes.failed : exitCodes.ok;
}
