import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { openStreams } from "../../open-streams.ts";
import { bearer, tokenFor } from "../../token-for.ts";
import type { Ground } from "../ground.ts";
import { Service } from "../service.ts";
import type { FailingDisk } from "./failing-disk.ts";

const source = join(import.meta.dirname, "faulty-disk.c");

/** What a faulty disk fails at. */
export type Fault = "write" | "fsync" | "read";

/** Whether this machine has a C compiler, which the shim between SQLite and the system needs. */
export function hasCompiler(): boolean {
  return spawnSync("cc", ["--version"]).status === 0;
}

/**
 * A disk that answers EIO: a library before the system's own (`LD_PRELOAD`) fails the calls on the files of the database.
 * Somebody with a token has a stream of each kind open.
 */
export async function faultyDisk(ground: Ground, fault: Fault): Promise<FailingDisk> {
  const folder = ground.newFolder();
  const library = join(folder, "faulty-disk.so");
  const built = spawnSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], { encoding: "utf8" });
  if (built.status !== 0) {
    throw new Error(`the shim can't be compiled: ${built.stderr}`);
  }
  const control = join(folder, "control");
  const set = (text: string) => writeFileSync(control, text);
  set("-");
  const file = join(folder, "orgflags.db");
  const headers = bearer(tokenFor({ databaseFile: file }, "admin"));
  const env = { LD_PRELOAD: library, TORTURE_FAULT: control };
  const service = new Service(ground, { file, flags: ["--auth", "required"], env });
  const streams = await openStreams(await service.url, headers);
  ground.defer(() => streams.close());
  // One letter for what fails, and the error.
  return { service, file, headers, fail: () => set(`${fault[0]}${constants.errno.EIO}`), heal: () => set("-") };
}
