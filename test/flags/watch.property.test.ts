import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change, ChangeFilter } from "../../src/domain/change.ts";
import { passes } from "../../src/domain/change.ts";
import { Flags } from "../../src/flags/flags.ts";
import { call, newFile, openFlags, update } from "./open-flags.ts";

const orgIds = ["acme", "globex"];
const featureKeys = ["a", "b"];

interface Plan {
  readonly filter: ChangeFilter;
  /** After how many events each connection is cut; then it is whole. */
  readonly cuts: readonly number[];
  /** Which process a connection is to, in turn: the first, the second, or one that has just started. */
  readonly processes: readonly number[];
}

/** Watches up to a revision, cut and resumed as planned; answers the revisions of the changes it was told of. */
async function follow(
  connect: (process: number) => Promise<Flags>,
  { filter, cuts, processes }: Plan,
  first: number,
  last: Promise<number>,
) {
  const seen: number[] = [];
  let fromRevision = first;
  for (let connection = 0; ; connection++) {
    const flags = await connect(processes[connection % processes.length] ?? 0);
    const watch = flags.watch({ filter, heartbeatMs: 200, fromRevision });
    for (let taken = 0; taken < (cuts[connection] ?? Number.POSITIVE_INFINITY); taken++) {
      const { value } = await watch.next();
      fromRevision = value?.revision ?? fromRevision;
      seen.push(...(value?.kind === "change" ? [value.revision] : []));
      // A heartbeat of at least that revision comes when there is nothing else.
      if (value?.kind === "caughtUp" && fromRevision >= (await last)) {
        return seen;
      }
    }
    // Cut while it waits for more: what was on its way is lost.
    void watch.next();
    await watch.return();
  }
}

test("watches cut at random moments, under random writes of two processes, see each change once and in order", async () => {
  const file = newFile();
  const opened = [await openFlags({ file }), await openFlags({ file })] as const;
  const all = opened.map(({ flags }) => flags);
  const started: Flags[] = [];
  const connect = async (process: number): Promise<Flags> => {
    const running = all[process];
    if (running !== undefined) {
      return running;
    }
    // Nothing is in its memory: it reads the log.
    const flags = await Flags.open(opened[0].store, { maxResidentOrganisations: 1, clock: Date.now });
    started.push(flags);
    return flags;
  };
  const write = fc.record({
    process: fc.nat(1),
    updates: fc.uniqueArray(
      fc.record({
        orgId: fc.constantFrom(...orgIds),
        featureKey: fc.constantFrom(...featureKeys),
        enabled: fc.constantFrom(true, false, undefined),
      }),
      { minLength: 1, maxLength: 4, selector: ({ orgId, featureKey }) => `${orgId} ${featureKey}` },
    ),
  });
  const plan = fc.record({
    filter: fc.record({
      orgId: fc.constantFrom(undefined, ...orgIds),
      featureKey: fc.constantFrom(undefined, ...featureKeys),
    }),
    cuts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }),
    processes: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
  });
  await all[0]?.updateOverrides([update("acme", "a", true), update("acme", "b", true)], call);
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 1, maxLength: 12 }),
      fc.array(plan, { minLength: 1, maxLength: 8 }),
      async (writes, plans) => {
        await all[0]?.historyBounds();
        const first = all[0]?.revision ?? 0;
        const written = Promise.withResolvers<number>();
        const watching = plans.map((each) => follow(connect, each, first, written.promise));
        for (const { process, updates } of writes) {
          const asked = updates.map(({ orgId, featureKey, enabled }) => update(orgId, featureKey, enabled));
          await all[process]?.updateOverrides(asked, call);
        }
        const changes: readonly Change[] = opened[0].store.readChanges(first, 1000);
        written.resolve(changes.at(-1)?.revision ?? first);
        const expected = plans.map(({ filter }) => {
          return changes.filter((change) => passes(change, filter)).map(({ revision }) => revision);
        });
        expect(await Promise.all(watching)).toEqual(expected);
        for (const flags of started.splice(0)) {
          flags.close();
        }
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
