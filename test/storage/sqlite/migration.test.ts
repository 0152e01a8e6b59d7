import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { replay } from "../replay.ts";
import { allChanges, call, on, update } from "../store-under-test.ts";

const now = 1_800_000_000_000;

async function migrated(dump = "./version-1.sql"): Promise<{ store: SqliteStore; file: string }> {
  const file = join(temporaryFolder(), "orgflags.db");
  const db = new Database(file);
  db.exec(readFileSync(new URL(dump, import.meta.url), "utf8"));
  db.close();
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => now });
  onTestFinished(() => store.close());
  return { store, file };
}

/** What a database holds of the summaries, beside what a count of the rest comes to. */
function summaries(file: string) {
  const db = new Database(file, { readonly: true });
  onTestFinished(() => void db.close());
  return {
    version: db.pragma("user_version", { simple: true }),
    kept: db.prepare("SELECT catalogue_revision, organisations FROM summary").get(),
    counted: db
      .prepare(`SELECT (SELECT max(revision) FROM changes WHERE org_id IS NULL) AS catalogue_revision,
        (SELECT count(DISTINCT org_id) FROM overrides) AS organisations`)
      .get(),
  };
}

test("a database of version 1 keeps its features, overrides and history, and gets what version 2 needs", async () => {
  const { store, file } = await migrated();
  const changes = store.readChanges(0, allChanges);
  expect(changes).toHaveLength(17);
  const { features, overrides } = replay(changes);
  const catalogue = store.readCatalogue();
  expect(catalogue).toMatchObject({ revision: 17, lastChange: 16, nextDue: undefined });
  expect(catalogue.features.map(({ featureKey, revision }) => [featureKey, revision])).toEqual([
    ["driver_declarations", 1],
    ["encrypted_storage", 10],
    ["sms_reminders", 3],
    ["multi_template", 16],
    ["brand.new", 8],
  ]);
  expect([...features.keys()].sort()).toEqual(catalogue.features.map(({ featureKey }) => featureKey).sort());
  const stored = store.readSnapshot({ orgId: undefined, featureKey: undefined }, 100).overrides;
  expect(new Map(stored.map((o) => [`${o.orgId}/${o.featureKey}`, o.enabled]))).toEqual(
    new Map([...overrides].map(([key, { setting }]) => [key, setting?.enabled])),
  );
  expect(stored.every(({ expiresAt }) => expiresAt === undefined)).toBe(true);
  const { version, kept, counted } = summaries(file);
  expect(version).toBe(3);
  expect(kept).toEqual(counted);
});

test("a database of version 1 knows each organisation's last change, of those without overrides too", async () => {
  const { store } = await migrated();
  const last = (orgId: string) => store.readOrganisation(orgId, 0, 0).lastChange;
  expect(["acme", "globex", "initech", "hooli", "nobody"].map(last)).toEqual([17, 15, 9, 13, 0]);
});

test("a database of version 1 takes every kind of write of version 2", async () => {
  const { store, file } = await migrated();
  expect(await store.revertChange(15, false, call)).toMatchObject({
    revision: 18,
    after: { setting: { enabled: false } },
  });
  await store.updateOverrides([update("acme", "brand.new", { ...on, expiresAt: now + 5 })], call);
  expect(store.readCatalogue().nextDue).toBe(now + 5);
  expect(await store.deleteFeature("brand.new", true, call)).toMatchObject({ count: 2 });
  expect(await store.pruneHistory({ maxAgeMs: undefined, maxChanges: 3 })).toBe(false);
  expect(store.readOrganisation("hooli", 0, 0).lastChange).toBe(13);
  const { kept, counted } = summaries(file);
  expect(kept).toEqual(counted);
});

test("a database of version 2 keeps all it has, and gets what version 3 needs", async () => {
  const { store, file } = await migrated("./version-2.sql");
  expect(store.readCatalogue()).toMatchObject({ revision: 19, lastChange: 16, nextDue: 1_900_000_000_000 });
  expect(store.readHistoryBounds()).toMatchObject({ prunedRevision: 4, lastRevision: 19 });
  expect(store.readOrganisation("acme", 0, 0).overrides).toEqual(
    new Map([
      ["driver_declarations", true],
      ["encrypted_storage", false],
      ["sms_reminders", false],
    ]),
  );
  const idempotency = { key: "k1", fingerprint: "f1" };
  await store.createOverride("globex", "sms_reminders", on, { ...call, idempotency });
  const { version, kept, counted } = summaries(file);
  expect(version).toBe(3);
  expect(kept).toEqual(counted);
  expect(store.tokenVersion()).toBe(0);
});

test("each database that becomes one of version 3 gets a key of its own for tickets", async () => {
  const keys = await Promise.all(
    [1, 2].map(async () => {
      const db = new Database((await migrated("./version-2.sql")).file, { readonly: true });
      onTestFinished(() => void db.close());
      return db.prepare<[], Buffer>("SELECT ticket_key FROM access").pluck().get();
    }),
  );
  expect(keys.map((key) => key?.length)).toEqual([32, 32]);
  expect(keys[0]).not.toEqual(keys[1]);
});
