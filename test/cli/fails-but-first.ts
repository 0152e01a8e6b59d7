// Loaded before a server process (`node --import`): the first one that makes the file FATE starts, all others fail to.
import { closeSync, openSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.ORGFLAGS_WORKER !== undefined) {
  try {
    closeSync(openSync(process.env.FATE ?? "", "wx"));
  } catch {
    process.exit(1);
  }
}
