import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Call } from "../../../src/domain/call.ts";
import type { Change } from "../../../src/domain/change.ts";
import { effectiveStates } from "../../../src/domain/past.ts";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { replay } from "../../storage/replay.ts";
import type { Ground } from "../ground.ts";

const organisations = 300;
const features = 12;
const call: Call = { actor: "torture", reason: "to have something to lose" };
const never = Date.parse("2999-01-01T00:00:00Z");

/** A whole database, and what a service must say of it at each of its revisions. */
export class Pristine {
  /** All its organisations. */
  readonly orgIds: readonly string[];
  readonly #folder: string;
  readonly #changes: readonly Change[];
  readonly #states = new Map<number, ReturnType<typeof replay>>();

  private constructor(folder: string, orgIds: readonly string[], changes: readonly Change[]) {
    this.orgIds = orgIds;
    this.#folder = folder;
    this.#changes = changes;
  }

  /** Makes the database; half of it stands in the write-ahead log, as after a crash. */
  static async make(ground: Ground): Promise<Pristine> {
    const folder = ground.newFolder();
    const file = join(folder, "made.db");
    const orgIds = Array.from({ length: organisations }, (_, index) => `org_${index}`);
    await writeSome(ground, file, orgIds);
    const store = await open(file);
    try {
      await writeMore(ground, store, orgIds);
      const changes = store.readChanges(0, 1_000_000);
      for (const end of ["", "-wal", "-shm"]) {
        copyFileSync(file + end, join(folder, `kept.db${end}`));
      }
      return new Pristine(folder, orgIds, changes);
    } finally {
      await store.close();
    }
  }

  /** Copies the database, all three files as a crash leaves them. */
  copy(file: string): void {
    for (const end of ["", "-wal", "-shm"].filter((each) => existsSync(join(this.#folder, `kept.db${each}`)))) {
      copyFileSync(join(this.#folder, `kept.db${end}`), file + end);
    }
  }

  /** The last revision. */
  get revision(): number {
    return this.#changes.length;
  }

  /** What the flags of an organisation were at a revision, as the API shows them. */
  flagsAt(orgId: string, revision: number): Record<string, boolean> {
    const state = this.#states.get(revision) ?? replay(this.#changes.slice(0, revision));
    this.#states.set(revision, state);
    const own = [...state.overrides].filter(([key]) => key.startsWith(`${orgId}/`));
    const overrides = new Map(own.map(([key, override]) => [key.slice(orgId.length + 1), override]));
    return effectiveStates({ features: state.features, overrides });
  }

  /** What the list of changes says of each, oldest first. */
  changesUpTo(revision: number): readonly Change[] {
    return this.#changes.slice(0, revision);
  }
}

function open(file: string): Promise<SqliteStore> {
  return SqliteStore.open({ file, catalogue: "open", clock: Date.now });
}

async function writeSome(ground: Ground, file: string, orgIds: readonly string[]): Promise<void> {
  const store = await open(file);
  for (let index = 0; index < features; index++) {
    const featureKey = `feature_${index}`;
    await store.createFeature({ featureKey, description: "d".repeat(200), defaultEnabled: index % 2 === 0 }, call);
  }
  await Promise.all(orgIds.map((orgId) => store.updateOverrides(updatesOf(ground, orgId), call)));
  await store.close();
}

async function writeMore(ground: Ground, store: SqliteStore, orgIds: readonly string[]): Promise<void> {
  for (const orgId of orgIds.filter(() => ground.random.happens(0.5))) {
    await store.updateOverrides(updatesOf(ground, orgId), call);
  }
  await store.updateFeature("feature_3", { description: undefined, defaultEnabled: true, archived: undefined }, call);
  await store.deleteOverrides("org_7", call);
}

function updatesOf({ random }: Ground, orgId: string) {
  return Array.from({ length: features }, (_, index) => {
    const expiresAt = random.happens(0.1) ? never : undefined;
    const setting = { enabled: random.happens(0.5), startsAt: undefined, expiresAt };
    return { orgId, featureKey: `feature_${index}`, setting, at: "" };
  }).filter(() => random.happens(0.6));
}
