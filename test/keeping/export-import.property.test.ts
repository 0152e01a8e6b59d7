import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { anyWrite, type Write } from "../storage/any-write.ts";
import { StoresUnderTest, type StoreUnderTest } from "../storage/store-under-test.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { exportOf, importInto, lookAt } from "./export-of.ts";

const sqlite: StoreUnderTest = {
  place: () => join(temporaryFolder(), "orgflags.db"),
  open: (file, { catalogue, clock }) => SqliteStore.open({ file, catalogue, clock }),
  findings: (file) => verifyFile(file).findings,
};
const writes = fc.array(anyWrite, { maxLength: 25 });

async function written(list: readonly Write[], advance = 0): Promise<StoresUnderTest> {
  const stores = new StoresUnderTest(sqlite);
  stores.now += advance;
  const store = await stores.open();
  for (const write of list) {
    // What is refused leaves the state as it is.
    await Promise.allSettled([write(store, stores)]);
  }
  await store.close();
  return stores;
}

test("an export imported into a new database is exported as the same bytes", async () => {
  const property = fc.asyncProperty(writes, async (list) => {
    const stores = await written(list);
    const { now } = stores;
    const text = exportOf(stores.place, now);
    const file = join(temporaryFolder(), "orgflags.db");
    await importInto(file, text, { now, prune: true });
    expect(exportOf(file, now)).toBe(text);
    expect(verifyFile(file).findings).toEqual([]);
    expect(await importInto(file, text, { now, prune: true })).toEqual([0, 0, 0]);
    expect(await lookAt(file, text, { now, prune: true })).toEqual([]);
  });
  await fc.assert(property, { numRuns: 15 });
}, 300_000);

test("whatever there was, pruned it becomes what was exported, by as many changes as the diff has lines", async () => {
  const batchSize = fc.constantFrom(undefined, 1, 3);
  const property = fc.asyncProperty(writes, writes, batchSize, async (list, others, size) => {
    const [stores, target] = [await written(list), await written(others, 20)];
    const now = Math.max(stores.now, target.now);
    const text = exportOf(stores.place, now);
    const before = verifyFile(target.place).contents?.revision ?? 0;
    const lines = await lookAt(target.place, text, { now, prune: true });
    const counts = await importInto(target.place, text, { now, prune: true, mode: { batchSize: size } });
    expect(exportOf(target.place, now)).toBe(text);
    const { findings, contents } = verifyFile(target.place);
    expect(findings).toEqual([]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(lines.length);
    // What was due has begun and ended by itself.
    expect(contents?.revision).toBeGreaterThanOrEqual(before + counts.reduce((sum, count) => sum + count, 0));
  });
  await fc.assert(property, { numRuns: 15 });
}, 300_000);

test("what is not pruned stays beside what is imported", async () => {
  const property = fc.asyncProperty(writes, writes, async (list, others) => {
    const [stores, target] = [await written(list), await written(others)];
    const now = Math.max(stores.now, target.now);
    const [text, before] = [exportOf(stores.place, now), exportOf(target.place, now)];
    await importInto(target.place, text, { now });
    const after = exportOf(target.place, now).split("\n");
    const subject = (line: string) => /^\{"kind":"\w+",("org_id":"\w+",)?"feature_key":"\w+"/.exec(line)?.[0];
    const imported = new Set(text.split("\n").map(subject));
    const rest = before.split("\n").filter((line) => !imported.has(subject(line)));
    expect(after.toSorted()).toEqual([...text.split("\n"), ...rest].toSorted());
    expect(verifyFile(target.place).findings).toEqual([]);
  });
  await fc.assert(property, { numRuns: 15 });
}, 300_000);
