import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import { Service } from "../service.ts";
import type { FailingDisk } from "./failing-disk.ts";

/** A limit on the size of files (`RLIMIT_FSIZE`), which SQLite sees as an I/O error, as it does a quota. */
export async function fileSizeLimit(ground: Ground): Promise<FailingDisk> {
  const file = join(ground.newFolder(), "orgflags.db");
  const service = new Service(ground, { file });
  await service.url;
  const limit = (bytes: number | "unlimited") => {
    execFileSync("prlimit", ["--pid", String(service.pid), `--fsize=${bytes}:unlimited`]);
  };
  return { service, file, fail: () => limit(1), heal: () => limit("unlimited") };
}
