import fc from "fast-check";
import type { Store } from "../../src/storage/store.ts";
import { call, type StoresUnderTest, update } from "./store-under-test.ts";

/** The organisations that writes are about. */
export const orgs = ["acme", "globex", "constructor"];
const keys = ["a", "b", "constructor"];

/** Some write, which the store may refuse, or the clock that is turned. */
export type Write = (store: Store, stores: StoresUnderTest) => Promise<unknown>;

const org = fc.constantFrom(...orgs);
const key = fc.constantFrom(...keys);
const soon = fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined });
const setting = fc.record({ enabled: fc.boolean(), startsIn: soon, expiresIn: soon });
type SettingSoon = { enabled: boolean; startsIn: number | undefined; expiresIn: number | undefined };

function newSetting({ enabled, startsIn, expiresIn }: SettingSoon, now: number) {
  const after = (ms: number | undefined) => (ms === undefined ? undefined : now + ms);
  return { enabled, startsAt: after(startsIn), expiresAt: after(expiresIn) };
}

/** Any write of every kind. */
export const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(org, key, setting).map(
    ([o, k, s]): Write =>
      (store, { now }) =>
        store.createOverride(o, k, newSetting(s, now), call),
  ),
  fc.array(fc.tuple(org, key, fc.option(setting, { nil: undefined })), { minLength: 1, maxLength: 4 }).map(
    (list): Write =>
      (store, { now }) => {
        return store.updateOverrides(
          list.map(([o, k, s]) => update(o, k, s && newSetting(s, now))),
          call,
        );
      },
  ),
  org.map(
    (o): Write =>
      (store) =>
        store.deleteOverrides(o, call),
  ),
  fc.tuple(key, fc.boolean(), fc.boolean()).map(
    ([k, defaultEnabled, archived]): Write =>
      (store) => {
        return store.updateFeature(k, { description: undefined, defaultEnabled, archived }, call);
      },
  ),
  fc.tuple(key, fc.boolean()).map(
    ([k, force]): Write =>
      (store) =>
        store.deleteFeature(k, force, call),
  ),
  fc.tuple(fc.nat({ max: 8 }), fc.boolean()).map(
    ([back, force]): Write =>
      async (store) => {
        return store.revertChange((await store.readHistoryBounds()).lastRevision - back, force, call);
      },
  ),
  fc.integer({ min: 1, max: 40 }).map(
    (ms): Write =>
      (store, stores) => {
        stores.now += ms;
        return store.applyDue();
      },
  ),
  // The clock alone: writes find what is due.
  fc.integer({ min: 1, max: 40 }).map(
    (ms): Write =>
      async (_, stores) => {
        stores.now += ms;
      },
  ),
  fc.integer({ min: 5, max: 30 }).map(
    (maxChanges): Write =>
      (store) =>
        store.pruneHistory({ maxChanges, maxAgeMs: undefined }),
  ),
);
