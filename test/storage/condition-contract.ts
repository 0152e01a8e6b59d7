import { describe, expect, test } from "vitest";
import type { Call } from "../../src/domain/call.ts";
import type { Store } from "../../src/storage/store.ts";
import { call, changesBy, off, on, StoresUnderTest, type StoreUnderTest, update } from "./store-under-test.ts";

const feature = "sms_reminders";
const day = 24 * 60 * 60 * 1000;

/** What every store has to do about writes that have conditions, and writes that are sent twice. */
export function conditionContract(engine: string, under: StoreUnderTest): void {
  const ifRevision = (revision: number): Call => ({
    ...call,
    conditions: { ifRevision: revision, ifMatch: undefined },
  });
  const ifMatch = (...versions: string[]): Call => ({
    ...call,
    conditions: { ifRevision: undefined, ifMatch: versions },
  });
  const mismatch = { code: "ABORTED", precondition: "IF_MATCH" };

  describe(`${engine}: orgflags-if-revision`, () => {
    test("lets a write pass where the organisation's last change is that one, and only then", async () => {
      const store = await new StoresUnderTest(under).open();
      await store.createOverride("acme", feature, on, ifRevision(0));
      const { lastChange } = await store.readOrganisation("acme", 0, 10);
      await store.createOverride("globex", feature, on, call);
      expect(await changesBy(store, () => store.deleteOverrides("acme", ifRevision(lastChange)))).toHaveLength(1);
      const changes = await changesBy(store, async () => {
        await expect(store.createOverride("acme", feature, on, ifRevision(lastChange))).rejects.toMatchObject({
          code: "ABORTED",
          precondition: undefined,
          message: 'orgflags-if-revision: the last change of the organisation "acme" is revision 7, not 5',
        });
      });
      expect(changes).toEqual([]);
    });

    test("is refused of writes that are not about exactly one organisation", async () => {
      const store = await new StoresUnderTest(under).open();
      const refusal = { code: "INVALID_ARGUMENT", violations: [{ field: "orgflags-if-revision" }] };
      const both = [update("acme", feature, on), update("globex", feature, on)];
      await expect(store.updateOverrides(both, ifRevision(0))).rejects.toMatchObject(refusal);
      await expect(store.deleteFeature(feature, true, ifRevision(0))).rejects.toMatchObject(refusal);
      await expect(store.revertChange(1, true, ifRevision(0))).rejects.toMatchObject(refusal);
      const one = [update("acme", feature, on), update("acme", "a", on)];
      expect(await store.updateOverrides(one, ifRevision(0))).toHaveLength(2);
    });

    test("takes an override that has ended for changed, though nobody applied what was due", async () => {
      const stores = new StoresUnderTest(under);
      const store = await stores.open();
      await store.createOverride("acme", feature, { ...on, expiresAt: stores.now + 1 }, call);
      const { lastChange } = await store.readOrganisation("acme", 0, 10);
      stores.now += 1;
      await expect(store.createOverride("acme", "a", on, ifRevision(lastChange))).rejects.toMatchObject({
        code: "ABORTED",
      });
    });

    test("lets one of many writers of two stores pass at each revision: no write is lost", async () => {
      const stores = new StoresUnderTest(under);
      const both = [await stores.open(), await stores.open()];
      const addOne = async (store: Store | undefined): Promise<void> => {
        const snapshot = await store?.readOrganisation("acme", 0, 0);
        const next = `f${snapshot?.overrides.size}`;
        const write = store?.createOverride("acme", next, on, ifRevision(snapshot?.lastChange ?? 0));
        await write?.catch((error) => {
          expect(error).toMatchObject({ code: "ABORTED" });
          return addOne(store);
        });
      };
      await Promise.all(Array.from({ length: 20 }, (_, i) => addOne(both[i % 2])));
      expect((await both[0]?.readOrganisation("acme", 0, 0))?.overrides.size).toBe(20);
    });
  });

  describe(`${engine}: If-Match`, () => {
    test("of a flag is its effective state, or that it is there", async () => {
      const store = await new StoresUnderTest(under).open();
      await expect(store.createOverride("acme", feature, on, ifMatch("on"))).rejects.toMatchObject({
        ...mismatch,
        message: `If-Match: the flag "${feature}" of "acme" has the version "off", which is not what was asked for; read it again`,
      });
      await store.createOverride("acme", feature, on, ifMatch("5", "off"));
      await expect(store.updateOverrides([update("acme", feature, off)], ifMatch("off"))).rejects.toMatchObject(
        mismatch,
      );
      await store.updateOverrides([update("acme", feature, off)], ifMatch("*"));
      await store.updateOverrides([update("acme", feature, undefined)], ifMatch("off"));
      await expect(store.createOverride("acme", "nope", on, ifMatch("*"))).rejects.toMatchObject({
        ...mismatch,
        message: 'If-Match: the flag "nope" of "acme" is not there, which is not what was asked for; read it again',
      });
    });

    test("of an organisation is the last change of the catalogue and its own, whenever it was read", async () => {
      const store = await new StoresUnderTest(under).open();
      await store.createOverride("acme", feature, on, call);
      const version = async (orgId: string) => {
        const { lastChange } = await store.readCatalogue();
        return `${lastChange}.${(await store.readOrganisation(orgId, 0, 0)).lastChange}.123`;
      };
      const old = await version("acme");
      await store.createFeature({ featureKey: "new", description: "", defaultEnabled: false }, call);
      await expect(store.deleteOverrides("acme", ifMatch(old))).rejects.toMatchObject(mismatch);
      await expect(store.deleteOverrides("acme", ifMatch("on"))).rejects.toMatchObject(mismatch);
      expect(await store.deleteOverrides("acme", ifMatch(await version("acme")))).toMatchObject({ count: 1 });
      expect(await store.deleteOverrides("nobody", ifMatch(await version("nobody")))).toMatchObject({ count: 0 });
      expect(await store.deleteOverrides("nobody", ifMatch("*"))).toMatchObject({ count: 0 });
    });

    test("of a feature is the revision of its last change", async () => {
      const store = await new StoresUnderTest(under).open();
      const patch = { description: "new", defaultEnabled: undefined, archived: undefined };
      const { revision } = await store.updateFeature(feature, patch, ifMatch("3"));
      expect((await store.readCatalogue()).features.find((f) => f.featureKey === feature)?.revision).toBe(revision);
      await expect(store.deleteFeature(feature, false, ifMatch("3"))).rejects.toMatchObject(mismatch);
      await store.deleteFeature(feature, false, ifMatch(String(revision)));
      await expect(store.updateFeature(feature, patch, ifMatch("*"))).rejects.toMatchObject(mismatch);
    });

    test("is refused of batches, reverts and new features", async () => {
      const store = await new StoresUnderTest(under).open();
      const refusal = { code: "INVALID_ARGUMENT", violations: [{ field: "If-Match" }] };
      const batch = [{ ...update("acme", feature, on), at: "updates[0]." }];
      await expect(store.updateOverrides(batch, ifMatch("*"))).rejects.toMatchObject(refusal);
      await expect(store.revertChange(1, true, ifMatch("*"))).rejects.toMatchObject(refusal);
      const created = store.createFeature({ featureKey: "new", description: "", defaultEnabled: true }, ifMatch("*"));
      await expect(created).rejects.toMatchObject(refusal);
    });
  });

  describe(`${engine}: a write with an idempotency key`, () => {
    const keyed = (key: string, fingerprint = "same", actor = "ada"): Call => ({
      actor,
      reason: "",
      idempotency: { key, fingerprint },
    });

    test("is made once, and answered the same again, by every store of the place", async () => {
      const stores = new StoresUnderTest(under);
      const [one, other] = [await stores.open(), await stores.open()];
      const first = await one.createOverride("acme", feature, on, keyed("k"));
      stores.now += 1000;
      const changes = await changesBy(one, async () => {
        expect(await one.createOverride("acme", feature, on, keyed("k"))).toEqual(first);
        expect(await other.createOverride("acme", feature, on, keyed("k"))).toEqual(first);
      });
      expect(changes).toEqual([]);
    });

    test("is made once of many at a time", async () => {
      const stores = new StoresUnderTest(under);
      const both = [await stores.open(), await stores.open()];
      const sends = Array.from({ length: 64 }, (_, i) => both[i % 2]?.createOverride("acme", feature, on, keyed("k")));
      expect(new Set((await Promise.all(sends)).map((outcome) => JSON.stringify(outcome))).size).toBe(1);
      expect((await both[0]?.readHistoryBounds())?.lastRevision).toBe(5);
    });

    test("is refused where the key was used for another request, but not of another actor", async () => {
      const store = await new StoresUnderTest(under).open();
      await store.createOverride("acme", feature, on, keyed("k"));
      await expect(store.createOverride("globex", feature, on, keyed("k", "other"))).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        violations: [{ field: "Idempotency-Key" }],
      });
      expect(await store.createOverride("globex", feature, on, keyed("k", "other", "bob"))).toMatchObject({
        changed: true,
      });
    });

    test("is not remembered where it was refused", async () => {
      const store = await new StoresUnderTest(under).open();
      await store.createOverride("acme", feature, on, call);
      await expect(store.createOverride("acme", feature, on, keyed("k"))).rejects.toMatchObject({
        code: "ALREADY_EXISTS",
      });
      await store.deleteOverrides("acme", call);
      expect(await store.createOverride("acme", feature, on, keyed("k"))).toMatchObject({ changed: true });
    });

    test("is remembered for 24 hours", async () => {
      const stores = new StoresUnderTest(under);
      const store = await stores.open();
      await store.createOverride("acme", feature, on, keyed("k"));
      stores.now += day - 1;
      expect(await store.createOverride("acme", feature, on, keyed("k"))).toMatchObject({ changed: true });
      stores.now += 1;
      await expect(store.createOverride("acme", feature, on, keyed("k"))).rejects.toMatchObject({
        code: "ALREADY_EXISTS",
      });
      expect(await store.createOverride("globex", feature, on, keyed("k", "other"))).toMatchObject({ changed: true });
    });

    test("is forgotten after 24 hours by a clock that once stood far ahead", async () => {
      const stores = new StoresUnderTest(under);
      const store = await stores.open();
      stores.now += 400 * day;
      // From now on the log's time stands still, as it never goes back.
      await store.createOverride("globex", feature, on, call);
      stores.now -= 400 * day;
      await store.createOverride("acme", feature, on, keyed("k"));
      stores.now += day;
      await expect(store.createOverride("acme", feature, on, keyed("k"))).rejects.toMatchObject({
        code: "ALREADY_EXISTS",
      });
    });

    test("gives back what any write answers", async () => {
      const store = await new StoresUnderTest(under).open();
      const writes: ((key: Call) => Promise<unknown>)[] = [
        (key) => store.createFeature({ featureKey: "new", description: "", defaultEnabled: true }, key),
        (key) => store.updateOverrides([update("acme", "new", off)], key),
        (key) => store.revertChange(6, false, key),
        (key) => store.deleteFeature("new", true, key),
      ];
      for (const [index, write] of writes.entries()) {
        const first = await write(keyed(`key ${index}`));
        expect(await write(keyed(`key ${index}`))).toEqual(first);
      }
      expect((await store.readHistoryBounds()).lastRevision).toBe(8);
    });
  });
}
