import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import { Service } from "../service.ts";
import type { FailingDisk } from "./failing-disk.ts";

// A user namespace, so that nobody needs to be root; the file system is gone with the process.
const prefix = ["unshare", "--user", "--map-root-user", "--mount"];
const mount = 'mount -t tmpfs -o size=24m tmpfs "$1" && shift && exec "$@"';

/** Whether this machine lets a process have a file system of its own. */
export function hasSmallDisks(): boolean {
  return spawnSync(prefix[0] ?? "", [...prefix.slice(1), "sh", "-c", mount, "sh", "/tmp", "true"]).status === 0;
}

/** A file system of 24 MiB that another file fills to its last byte: ENOSPC. */
export async function smallDisk(ground: Ground): Promise<FailingDisk> {
  const folder = ground.newFolder();
  const command = [...prefix, "sh", "-c", mount, "sh", folder];
  const service = new Service(ground, { file: join(folder, "orgflags.db"), prefix: command });
  await service.url;
  // What the process sees there.
  const seen = join(`/proc/${service.pid}/root`, folder);
  const filler = join(seen, "filler");
  return {
    service,
    file: join(seen, "orgflags.db"),
    fail: () => fill(filler),
    heal: () => rmSync(filler),
  };
}

function fill(file: string): void {
  for (let size = 1024 * 1024; size >= 512; size /= 2) {
    try {
      for (;;) {
        writeFileSync(file, Buffer.alloc(size), { flag: "a" });
      }
    } catch {
      // No room for so much: then for less.
    }
  }
}
