import type Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { Refused } from "../../../../src/storage/refused.ts";
import { connect } from "../../../../src/storage/sqlite/connection.ts";
import { ImportWrites } from "../../../../src/storage/sqlite/import/import-writes.ts";
import { Wanted } from "../../../../src/storage/sqlite/import/wanted.ts";
import { SqliteStore } from "../../../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../../../src/storage/sqlite/verify/verification.ts";
import { call, off, on, update } from "../../store-under-test.ts";
import { filledAt, filledDatabase } from "../filled-database.ts";

const setting = { setting: { enabled: true, expiresAt: undefined }, scheduled: undefined };
const mode = { actor: "import", reason: "", batchSize: undefined, pause: async () => {} };

interface Opened {
  readonly db: Database.Database;
  readonly writes: ImportWrites;
  readonly store: SqliteStore;
  readonly made: string[];
}

/** An import of one override that is there already and one that is not, of all there is, compared with what there is. */
async function compared(prune: boolean): Promise<Opened> {
  const file = await filledDatabase();
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => filledAt });
  await store.createOverride("same", "new.one", on, call);
  const db = connect(file);
  onTestFinished(async () => {
    db.close();
    await store.close();
    expect(verifyFile(file).findings).toEqual([]);
  });
  const wanted = new Wanted(db);
  wanted.addFeature(2, "new.one", { description: "", defaultEnabled: false, archived: false });
  wanted.addOverride(3, "same", "new.one", setting);
  wanted.addOverride(4, "other", "new.one", setting);
  const made: string[] = [];
  const writes = new ImportWrites(db, {
    wanted,
    scope: { orgId: undefined, featureKey: "new.one", prune },
    mode,
    onChange: (difference) => made.push(`${difference.kind === "override" && difference.orgId}`),
  });
  expect(writes.compare()).toBe(true);
  return { db, writes, store, made };
}

function write({ db, writes }: Opened): boolean {
  return db.transaction(() => writes.writeSome(filledAt)).immediate();
}

test("what others changed since it was compared is made what the import says, too", async () => {
  const opened = await compared(false);
  await opened.store.updateOverrides([update("same", "new.one", off), update("hooli", "new.one", on)], call);
  expect(write(opened)).toBe(false);
  expect(opened.made).toEqual(["other", "same"]);
});

test("what others added since it was compared is removed where all else is", async () => {
  const opened = await compared(true);
  await opened.store.updateOverrides([update("hooli", "new.one", on), update("hooli", "sms_reminders", on)], call);
  write(opened);
  expect(opened.made).toEqual(["globex", "hooli", "initech", "other"]);
});

test("where the log no longer says what others changed, all is compared again", async () => {
  const opened = await compared(false);
  await opened.store.updateOverrides([update("same", "new.one", off)], call);
  await opened.store.createFeature({ featureKey: "z", description: "", defaultEnabled: false }, call);
  await opened.store.pruneHistory({ maxAgeMs: undefined, maxChanges: 1 });
  write(opened);
  expect(opened.made).toEqual(["other", "same"]);
});

test("where others removed a feature that the import's overrides need, nothing is imported", async () => {
  const opened = await compared(false);
  const wanted = opened.db.prepare("DELETE FROM wanted_features").run();
  expect(wanted.changes).toBe(1);
  await opened.store.deleteFeature("new.one", true, call);
  expect(() => write(opened)).toThrow(new Refused('the feature "new.one" was removed meanwhile; nothing was imported'));
  expect(opened.made).toEqual([]);
});
