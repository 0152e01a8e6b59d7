import fc from "fast-check";
import { expect, test } from "vitest";
import { DomainError } from "../../src/domain/errors.ts";
import type { Flags } from "../../src/flags/flags.ts";
import { call, newFile, openFlags, unchanged, update } from "./open-flags.ts";

const orgIds = ["acme", "globex"];
const featureKeys = ["sms_reminders", "beta", "gamma"];

/** What a recorder saw of an organisation. */
interface Note {
  readonly orgId: string;
  readonly revision: number;
  readonly time: number;
  readonly flags: Record<string, boolean>;
}

type Step = (flags: Flags, now: number) => Promise<unknown>;

const orgId = fc.constantFrom(...orgIds);
const featureKey = fc.constantFrom(...featureKeys);
const after = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });

const settings = fc.record({
  orgId,
  featureKey,
  enabled: fc.constantFrom(true, false, undefined),
  starts: after,
  lasts: after,
});
const set: fc.Arbitrary<Step> = fc
  .uniqueArray(settings, { minLength: 1, maxLength: 3, selector: (each) => `${each.orgId} ${each.featureKey}` })
  .map((updates) => (flags, now) => {
    const asked = updates.map(({ starts, lasts, ...each }) => {
      const startsAt = starts === undefined ? undefined : now + starts;
      const expiresAt = lasts === undefined ? undefined : (startsAt ?? now) + lasts;
      return update(each.orgId, each.featureKey, each.enabled, { startsAt, expiresAt });
    });
    return flags.updateOverrides(asked, call);
  });

const patch = fc.record({ featureKey, defaultEnabled: fc.boolean(), archived: fc.boolean() }).map(
  ({ featureKey: key, ...changed }): Step =>
    (flags) =>
      flags.updateFeature(key, { ...unchanged, ...changed }, call),
);
const remove = featureKey.map(
  (key): Step =>
    (flags) =>
      flags.deleteFeature(key, true, call),
);
const clear = orgId.map(
  (id): Step =>
    (flags) =>
      flags.deleteOverrides(id, call),
);
const revert = fc.integer({ min: 0, max: 8 }).map(
  (back): Step =>
    (flags) =>
      flags.revertChange(Math.max(1, flags.revision - back), true, call),
);

const step = fc.oneof({ weight: 5, arbitrary: set }, { weight: 2, arbitrary: patch }, remove, clear, revert);

/** Runs a step; whether it is refused or not is no matter. */
async function attempt(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
  }
}

test("an organisation at a revision or a time is what a recorder noted then, for any history, as far as that is kept", async () => {
  let now = 1_800_000_000_000;
  const clock = () => now;
  const file = newFile();
  const [writer, other] = [await openFlags({ file, clock }), await openFlags({ file, clock })];

  async function record(history: readonly { step: Step; passes: number }[]): Promise<Note[]> {
    const notes: Note[] = [];
    for (const { step: run, passes } of history) {
      // No write at a time that was noted.
      now += 1;
      await attempt(() => run(writer.flags, now));
      now += passes;
      const seen = await Promise.all(orgIds.map((id) => writer.flags.effective(id)));
      // Afterwards: what was due of any of them is logged.
      const { revision } = writer.flags;
      const records = seen.map((flags) => flags.toRecord());
      notes.push(...records.map((flags, i) => ({ orgId: orgIds[i] ?? "", revision, time: now, flags })));
    }
    return notes;
  }

  // By the other process, which was not there.
  async function expectNoted(note: Note): Promise<void> {
    const byRevision = await other.flags.effectiveAt(note.orgId, { revision: note.revision });
    expect(byRevision.revision).toBe(note.revision);
    expect(byRevision.flags).toEqual(note.flags);
    expect(await other.flags.effectiveAt(note.orgId, { time: note.time })).toEqual(byRevision);
  }

  async function expectRefused({ orgId: id, revision, time }: Note): Promise<void> {
    const refused = { code: "OUT_OF_RANGE" };
    await expect(other.flags.effectiveAt(id, { revision })).rejects.toMatchObject(refused);
    await expect(other.flags.effectiveAt(id, { time })).rejects.toMatchObject(refused);
  }

  const steps = fc.array(fc.record({ step, passes: fc.integer({ min: 1, max: 15 }) }), { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 30 }), async (history, maxChanges) => {
      const notes = await record(history);
      await Promise.all(notes.map(expectNoted));
      while (await writer.flags.pruneHistory({ maxAgeMs: undefined, maxChanges })) {
        // Some at a time.
      }
      const { prunedRevision } = await other.flags.historyBounds();
      const isKept = ({ revision }: Note) => revision >= prunedRevision;
      await Promise.all(notes.filter(isKept).map(expectNoted));
      await Promise.all(notes.filter((note) => !isKept(note)).map(expectRefused));
    }),
    { numRuns: 25 },
  );
}, 120_000);

test("an organisation at any time is what live reads said then, in a store that nobody read meanwhile", async () => {
  let now = 1_800_000_000_000;
  const clock = () => now;
  const steps = fc.array(
    fc.record({ step: fc.oneof({ weight: 5, arbitrary: set }, patch, remove, clear), passes: fc.nat(15) }),
    { minLength: 1, maxLength: 12 },
  );

  async function noted(read: Flags, id: string) {
    return { orgId: id, time: now, flags: (await read.effective(id)).toRecord() };
  }

  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const [read, unread] = [await openFlags({ clock }), await openFlags({ clock })];
      const notes: Awaited<ReturnType<typeof noted>>[] = [];
      for (const { step: run, passes } of history) {
        await Promise.all([read, unread].map(({ flags }) => attempt(() => run(flags, now))));
        for (const until = now + passes; now <= until; now++) {
          notes.push(...(await Promise.all(orgIds.map((id) => noted(read.flags, id)))));
        }
      }
      now += 100;
      for (const { orgId: id, time, flags } of notes) {
        expect((await unread.flags.effectiveAt(id, { time })).flags).toEqual(flags);
        expect((await read.flags.effectiveAt(id, { time })).flags).toEqual(flags);
      }
      await Promise.all([read.close(), unread.close()]);
    }),
    { numRuns: 15 },
  );
}, 120_000);
