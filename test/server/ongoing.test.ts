import fc from "fast-check";
import { expect, test } from "vitest";
import { Ongoing } from "../../src/server/ongoing.ts";

interface Thing {
  isOver: boolean;
}

const isOver = (thing: Thing) => thing.isOver;

test("what is not over is there, in the order in which it began, and nothing else is", () => {
  const ends = fc.array(fc.option(fc.nat(300)), { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(ends, (endings) => {
      const ongoing = new Ongoing(isOver);
      const begun: Thing[] = [];
      for (const ended of endings) {
        const thing = { isOver: false };
        begun.push(thing);
        ongoing.add(thing);
        const ending = ended === null ? undefined : begun[ended];
        if (ending !== undefined) {
          ending.isOver = true;
        }
      }
      expect(ongoing.all).toEqual(begun.filter((thing) => !thing.isOver));
    }),
  );
});

test.each([0, 10, 1000])("with %i that last, few of those that are over are kept", (lasting) => {
  let looks = 0;
  const ongoing = new Ongoing<Thing>((thing) => {
    looks += 1;
    return thing.isOver;
  });
  for (let count = 0; count < lasting; count++) {
    ongoing.add({ isOver: false });
  }
  const looksBefore = looks;
  for (let count = 0; count < 10_000; count++) {
    ongoing.add({ isOver: true });
  }
  const looksForThese = looks - looksBefore;
  looks = 0;
  expect(ongoing.all.length).toBe(lasting);
  expect(looks).toBeLessThanOrEqual(lasting * 1.5 + 32);
  expect(looksForThese).toBeLessThan(10_000 * 4);
});
