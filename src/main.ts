#!/usr/bin/env node
// The entry point. It loads nothing else before it knows that this Node can: native modules of a newer one end an
// old one without a word.
import { exitCodes } from "./cli/exit-codes.ts";

const oldestNode = 24;
const [major] = process.versions.node.split(".");

if (Number(major) < oldestNode) {
  process.stderr.write(`orgflags needs Node ${oldestNode} or newer; this is Node ${process.versions.node}\n`);
  process.exitCode = exitCodes.nodeTooOld;
} else {
  const { run } = await import("./cli/run.ts");
  process.exitCode = await run(process.argv.slice(2), process.env);
}
