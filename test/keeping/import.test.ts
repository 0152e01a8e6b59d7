import { expect, test } from "vitest";
import { Refused } from "../../src/storage/refused.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { filledAt, filledDatabase } from "../storage/sqlite/filled-database.ts";
import { call, off, on, update } from "../storage/store-under-test.ts";
import { exportOf, importInto, lookAt } from "./export-of.ts";

const now = filledAt;
const end = '{"kind":"end"}';
const empty = (scope: object) => `${JSON.stringify({ orgflags_export: 1, ...scope })}\n${end}\n`;
const ofFeatures = ["driver_declarations", "encrypted_storage", "multi_template", "new.one", "sms_reminders"];
const acme = "- override acme sms_reminders";
const [globex, initech] = ["- override globex new.one", "- override initech new.one"];

test.for<[object, readonly string[]]>([
  [{}, [...ofFeatures.map((key) => `- feature ${key}`), acme, globex, initech]],
  [{ org_id: "globex" }, [globex]],
  [{ feature_key: "new.one" }, ["- feature new.one", globex, initech]],
  [{ org_id: "globex", feature_key: "new.one" }, [globex]],
  [{ org_id: "globex", feature_key: "sms_reminders" }, []],
])("pruned, an export of %j removes no more than that", async ([scope, removed]) => {
  const file = await filledDatabase();
  const importing = { now, prune: true };
  const lines = await lookAt(file, empty(scope), importing);
  expect(lines.map((line) => line.split(" {")[0])).toEqual(removed);
  expect(await importInto(file, empty(scope), importing)).toEqual([0, 0, removed.length]);
  expect(await lookAt(file, empty(scope), importing)).toEqual([]);
  expect(verifyFile(file).findings).toEqual([]);
});

test("the export of an organisation makes that organisation the same elsewhere, and nobody else", async () => {
  const [from, to] = [await filledDatabase(), await filledDatabase()];
  const store = await SqliteStore.open({ file: from, catalogue: "open", clock: () => now });
  await store.updateOverrides([update("acme", "new.one", on), update("globex", "new.one", on)], call);
  await store.deleteOverrides("initech", call);
  await store.close();
  const text = exportOf(from, now, { orgId: "acme" });
  expect(await importInto(to, text, { now, prune: true })).toEqual([1, 0, 0]);
  expect(exportOf(to, now, { orgId: "acme" })).toBe(text);
  expect(await lookAt(to, exportOf(from, now), { now, prune: true })).toEqual([
    '~ override globex new.one {"enabled":false,"expires_at":"2023-11-15T00:43:20.000Z"} to {"enabled":true}',
    '- override initech new.one {"scheduled":{"enabled":true,"starts_at":"2023-11-14T23:36:40.000Z"}}',
  ]);
});

test("what others write between two batches is theirs", async () => {
  const file = await filledDatabase();
  const lines = ["a", "b", "c"].map(
    (orgId) => `{"kind":"override","org_id":"${orgId}","feature_key":"new.one","enabled":true}`,
  );
  const text = [empty({}).split("\n")[0], ...lines, end].join("\n");
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => now });
  let pauses = 0;
  const pause = async () => {
    pauses++;
    // One that is done, and one that is to be done.
    await store.updateOverrides([update("a", "new.one", off), update("c", "new.one", off)], call);
  };
  expect(await importInto(file, text, { now, mode: { batchSize: 2, pause } })).toEqual([2, 1, 0]);
  expect(pauses).toBe(1);
  const states = ["a", "b", "c"].map((orgId) => store.readOrganisation(orgId, 0, 0).overrides.get("new.one"));
  expect(states).toEqual([false, true, true]);
  await store.close();
  expect(verifyFile(file).findings).toEqual([]);
});

test("where others remove a feature between two batches, it is named, and importing again is what helps", async () => {
  const file = await filledDatabase();
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => filledAt });
  const lines = ["a", "b"].map(
    (orgId) => `{"kind":"override","org_id":"${orgId}","feature_key":"new.one","enabled":true}`,
  );
  const text = ['{"orgflags_export":1}', ...lines, end].join("\n");
  const pause = () => store.deleteFeature("new.one", true, call).then(() => {});
  await expect(importInto(file, text, { now, mode: { batchSize: 1, pause } })).rejects.toThrow(
    new Refused('the feature "new.one" was removed meanwhile; import again: what is done already is left alone'),
  );
  await store.close();
  expect(verifyFile(file).findings).toEqual([]);
});

test("what is due when an import comes has begun and ended before it", async () => {
  const file = await filledDatabase();
  const later = filledAt + 6_000_000;
  const text = `{"orgflags_export":1}\n{"kind":"override","org_id":"acme","feature_key":"sms_reminders","enabled":true}\n${end}`;
  expect(await importInto(file, text, { now: later })).toEqual([0, 1, 0]);
  const store = await SqliteStore.open({ file, catalogue: "open", clock: () => later });
  const changes = store.readChanges(13, 10).map(({ actor, before, after }) => [actor, before, after]);
  const setting = (enabled: boolean) => ({ setting: { enabled, expiresAt: undefined }, scheduled: undefined });
  const planned = {
    ...setting(true),
    scheduled: { enabled: false, startsAt: filledAt + 5_000_000, expiresAt: undefined },
  };
  expect(changes).toEqual([
    ["system:schedule", planned, setting(false)],
    ["import", setting(false), setting(true)],
  ]);
  await store.close();
});
