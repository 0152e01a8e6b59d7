import { expect, onTestFinished, test } from "vitest";
import { DueTimes } from "../../src/flags/due-times.ts";

interface Scene {
  now: number;
  readonly due: DueTimes;
  /** When the store was asked, and for which organisation. */
  readonly applied: (number | readonly [number, string])[];
  /** Answers the oldest call that has none. */
  answer(next: number | undefined): void;
  refuse(): void;
}

function scene(whenApplied: (scene: Scene) => void = () => {}): Scene {
  const waiting: PromiseWithResolvers<number | undefined>[] = [];
  const applied: Scene["applied"] = [];
  const due = new DueTimes({
    clock: () => made.now,
    apply: (orgId) => {
      applied.push(orgId === undefined ? made.now : [made.now, orgId]);
      const answer = Promise.withResolvers<number | undefined>();
      waiting.push(answer);
      whenApplied(made);
      return answer.promise;
    },
  });
  onTestFinished(() => due.close());
  const made: Scene = {
    now: 1000,
    due,
    applied,
    answer: (next) => waiting.shift()?.resolve(next),
    refuse: () => waiting.shift()?.reject(new Error("the disk is full")),
  };
  return made;
}

test("nothing is due before the very millisecond, and something is from then on", async () => {
  const made = scene();
  made.due.note(undefined);
  made.due.note(5000);
  made.due.note(6000);
  made.now = 4999;
  expect(made.due.settle()).toBeUndefined();
  made.now = 5000;
  const settled = made.due.settle();
  made.answer(6000);
  await settled;
  expect(made.applied).toEqual([5000]);
  expect(made.due.settle()).toBeUndefined();
  made.now = 6000;
  expect(made.due.settle()).toBeDefined();
});

test("all who ask while the store is at work wait for that", async () => {
  const made = scene();
  made.due.note(1000);
  const all = [made.due.settle(), made.due.settle()];
  expect(all[1]).toBe(all[0]);
  made.answer(undefined);
  await Promise.all(all);
  expect(made.applied).toEqual([1000]);
  expect(made.due.settle()).toBeUndefined();
});

test("what is noted while the store is at work is not forgotten", async () => {
  const made = scene();
  made.due.note(1000);
  const settled = made.due.settle();
  made.due.note(1500);
  made.answer(undefined);
  await settled;
  made.now = 1499;
  expect(made.due.settle()).toBeUndefined();
  made.now = 1500;
  expect(made.due.settle()).toBeDefined();
});

test("where more is due than was done, the store is asked again before anybody goes on", async () => {
  const made = scene(({ applied }) => made.answer(applied.length < 3 ? 1000 : 2000));
  made.due.note(1000);
  await made.due.settle();
  expect(made.applied).toEqual([1000, 1000, 1000]);
  expect(made.due.isDue).toBe(false);
});

test("what is due of an organisation is asked for once by all who wait for it, whatever else is under way", async () => {
  const made = scene();
  made.due.note(1000);
  const all = made.due.settle();
  const own = [made.due.settleOrganisation("acme"), made.due.settleOrganisation("acme")];
  expect(made.applied).toEqual([1000, [1000, "acme"]]);
  made.answer(undefined);
  await all;
  made.answer(undefined);
  expect(await Promise.all(own)).toEqual([true, true]);
  const again = made.due.settleOrganisation("acme");
  made.refuse();
  expect(await again).toBe(false);
  expect(made.applied).toHaveLength(3);
});

test("a store that fails holds up nobody, and is asked again a second later", async () => {
  const made = scene();
  made.due.note(1000);
  const settled = made.due.settle();
  made.refuse();
  await settled;
  made.now = 1999;
  expect(made.due.settle()).toBeUndefined();
  made.now = 2000;
  expect(made.due.settle()).toBeDefined();
  expect(made.applied).toEqual([1000, 2000]);
});

test("the timer calls at that moment where nobody asks, also where it rings too early", async () => {
  const called = Promise.withResolvers<number>();
  const made = scene(({ now }) => called.resolve(now));
  // The clock stands still for the first rings.
  made.due.note(1001);
  const ringing = setInterval(() => {
    made.now += 0.25;
  }, 1);
  onTestFinished(() => clearInterval(ringing));
  expect(await called.promise).toBeGreaterThanOrEqual(1001);
});
