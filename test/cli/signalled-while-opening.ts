// Loaded before a server process (`node --import`): the first that finds the file FATE takes it away and is sent SIGTERM
// as soon as it listens for that, which is before it has opened. Its id is then in FATE.met.
import { renameSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.ORGFLAGS_WORKER !== undefined && takesFate()) {
  process.on("newListener", signalOnce);
}

function signalOnce(name: string | symbol): void {
  if (name === "SIGTERM") {
    process.off("newListener", signalOnce);
    queueMicrotask(() => process.kill(process.pid, "SIGTERM"));
  }
}

function takesFate(): boolean {
  const fate = process.env.FATE ?? "";
  try {
    renameSync(fate, `${fate}.met`);
  } catch {
    // Not there, or another process's.
    return false;
  }
  writeFileSync(`${fate}.met`, String(process.pid));
  return true;
}
