import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../src/domain/change.ts";
import { passes } from "../../src/domain/change.ts";
import { RecentChanges } from "../../src/flags/recent-changes.ts";

function change(revision: number, orgId: string, featureKey: string): Change {
  const stamp = { revision, time: 0, actor: "", reason: "", featureKey, before: undefined, after: undefined };
  return orgId === "" ? { kind: "feature", ...stamp } : { kind: "override", orgId, ...stamp };
}

test("finds what a look through all changes finds, in what it has not forgotten, and forgets no more than it may", () => {
  const made = fc.tuple(fc.constantFrom("", "acme", "globex"), fc.constantFrom("a", "b"));
  const filter = fc.record({
    orgId: fc.constantFrom(undefined, "acme", "globex"),
    featureKey: fc.constantFrom(undefined, "a", "b"),
  });
  const batches = fc.array(fc.array(made, { maxLength: 7 }), { maxLength: 12 });
  fc.assert(
    fc.property(batches, filter, fc.nat(5), (sizes, wanted, bound) => {
      const recent = new RecentChanges(10, bound);
      const all: Change[] = [];
      for (const batch of sizes) {
        const news = batch.map(([orgId, key], at) => change(11 + all.length + at, orgId, key));
        all.push(...news);
        recent.append(news);
      }
      const last = 10 + all.length;
      expect(recent.revision).toBe(last);
      expect(recent.reachesBackTo(Math.max(10, last - bound))).toBe(true);
      for (let after = 10; after <= last; after++) {
        const expected = all.find((each) => each.revision > after && passes(each, wanted));
        const found = recent.reachesBackTo(after) ? recent.after(after, wanted)?.change : expected;
        expect(found).toBe(expected);
      }
    }),
  );
});

test("keeps twice the bound at the most", () => {
  const recent = new RecentChanges(0, 10);
  for (let revision = 1; revision <= 1000; revision++) {
    recent.append([change(revision, "acme", "a")]);
    expect(recent.reachesBackTo(Math.max(0, revision - 21)) && revision > 20).toBe(false);
  }
});

test("has nothing after it skipped, and goes on from there", () => {
  const recent = new RecentChanges(0, 10);
  recent.append([change(1, "acme", "a")]);
  recent.skipTo(5);
  expect([recent.reachesBackTo(4), recent.reachesBackTo(5), recent.revision]).toEqual([false, true, 5]);
  recent.append([change(6, "acme", "a")]);
  expect(recent.after(5, { orgId: undefined, featureKey: undefined })?.revision).toBe(6);
});
