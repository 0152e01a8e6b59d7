import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { call, on } from "../store-under-test.ts";

// The clock of the queue stands still unless it is moved; the thread that writes has its own.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
});

test("who writes alone is never held back", async () => {
  const store = await openStore();
  onTestFinished(() => store.close());
  for (const orgId of ["a", "b", "c"]) {
    expect(await store.createOverride(orgId, "beta", on, call)).toMatchObject({ changed: true });
  }
});

test("behind several writes, the next ones gather for a moment and are committed together", async () => {
  const { store, revisionSeen } = await gathering();
  onTestFinished(() => store.close());
  const writes = ["e", "f"].map((orgId) => store.createOverride(orgId, "beta", on, call).then(revisionSeen));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(3);
  const [first, second] = await Promise.all(writes);
  expect(second).toBe(first);
});

test("as many writes as before do not wait for more", async () => {
  const { store } = await gathering();
  onTestFinished(() => store.close());
  const writes = ["e", "f", "g"].map((orgId) => store.createOverride(orgId, "beta", on, call));
  expect(vi.getTimerCount()).toBe(0);
  expect(await Promise.all(writes)).toMatchObject([{ changed: true }, { changed: true }, { changed: true }]);
});

test("what reads wait for is not held back, nor what waits with it", async () => {
  const { store } = await gathering();
  onTestFinished(() => store.close());
  const write = store.createOverride("e", "beta", on, call);
  expect(vi.getTimerCount()).toBe(1);
  await store.applyDue("acme");
  expect(await write).toMatchObject({ changed: true });
  expect(vi.getTimerCount()).toBe(0);
});

test("closing commits what is held back", async () => {
  const { store } = await gathering();
  const write = store.createOverride("e", "beta", on, call);
  expect(vi.getTimerCount()).toBe(1);
  await store.close();
  expect(await write).toMatchObject({ changed: true });
});

function openStore(): Promise<SqliteStore> {
  const file = join(temporaryFolder(), "orgflags.db");
  return SqliteStore.open({ file, catalogue: "open", clock: Date.now });
}

/** A store whose last batch had three writes; `revisionSeen` is what a reader sees as the last revision. */
async function gathering(): Promise<{ store: SqliteStore; revisionSeen: () => number }> {
  const store = await openStore();
  // One goes straight to the thread, the others wait for it.
  await Promise.all(["a", "b", "c", "d"].map((orgId) => store.createOverride(orgId, "beta", on, call)));
  return { store, revisionSeen: () => store.readCatalogue().revision };
}
