import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import { Service } from "../service.ts";
import type { FailingDisk } from "./failing-disk.ts";

const unlimited = 4_294_967_294;
const limiter = join(import.meta.dirname, "limit-pages.ts");

/** A database that SQLite itself lets grow no further (`PRAGMA max_page_count`): SQLITE_FULL, on any machine. */
export async function pageLimit(ground: Ground): Promise<FailingDisk> {
  const folder = ground.newFolder();
  const file = join(folder, "orgflags.db");
  const control = join(folder, "pages");
  writeFileSync(control, String(unlimited));
  const env = { TORTURE_PAGES: control };
  const service = new Service(ground, { file, nodeFlags: ["--import", limiter], env });
  await service.url;
  return {
    service,
    file,
    fail: () => writeFileSync(control, "1"),
    heal: () => writeFileSync(control, String(unlimited)),
  };
}
