import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../src/domain/change.ts";
import { passes } from "../../src/domain/change.ts";
import { RecentChanges } from "../../src/flags/recent-changes.ts";

const text = 1000;

function change(revision: number, orgId: string, featureKey: string, reason = ""): Change {
  const stamp = { revision, time: 0, actor: "", reason, featureKey, before: undefined, after: undefined };
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
      const recent = new RecentChanges(10, { changes: bound, text });
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
  const recent = new RecentChanges(0, { changes: 10, text });
  for (let revision = 1; revision <= 1000; revision++) {
    recent.append([change(revision, "acme", "a")]);
    expect(recent.reachesBackTo(Math.max(0, revision - 21)) && revision > 20).toBe(false);
  }
});

test("keeps fewer where much is written into them, and the rest to be found", () => {
  const recent = new RecentChanges(0, { changes: 10, text });
  const filter = { orgId: undefined, featureKey: undefined };
  for (let revision = 1; revision <= 1000; revision++) {
    recent.append([change(revision, "acme", "a", "x".repeat(300))]);
    // Three come to 900 characters, six to 1,800: a seventh is too much.
    expect(recent.reachesBackTo(Math.max(0, revision - 7)) && revision > 6).toBe(false);
    expect(recent.reachesBackTo(Math.max(0, revision - 3))).toBe(true);
    expect(recent.after(revision - 1, filter)?.revision).toBe(revision);
  }
  recent.append([change(1001, "acme", "a", "x".repeat(3000))]);
  expect([recent.reachesBackTo(1000), recent.reachesBackTo(1001), recent.revision]).toEqual([false, true, 1001]);
});

test("has nothing after it skipped, and goes on from there", () => {
  const recent = new RecentChanges(0, { changes: 10, text });
  recent.append([change(1, "acme", "a")]);
  recent.skipTo(5);
  expect([recent.reachesBackTo(4), recent.reachesBackTo(5), recent.revision]).toEqual([false, true, 5]);
  recent.append([change(6, "acme", "a")]);
  expect(recent.after(5, { orgId: undefined, featureKey: undefined })?.revision).toBe(6);
});
