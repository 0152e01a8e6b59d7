import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "../../src/flags/memory/arena.ts";
import { overrideCode } from "../../src/flags/override-code.ts";
import { ResidentOrganisations } from "../../src/flags/resident-organisations.ts";
import { ClockModel, type Held, heldOf } from "./clock-model.ts";

const time = 1_700_000_000_000;
const readAt = { time, revision: 1 };

const orgIds = Array.from({ length: 20 }, (_, number) => `${"org_".repeat(number % 5)}o${number}`);
const orgId = fc.constantFrom(...orgIds);
const index = fc.oneof(fc.nat(5), fc.constantFrom(0x7fff, 0x8000, 0xffff, 0x10000, 2 ** 29));
const overrides = fc.uniqueArray(fc.tuple(index, fc.boolean()), { selector: ([each]) => each, maxLength: 8 });
const moment = fc.record({ time: fc.maxSafeNat(), revision: fc.maxSafeNat() });
const setting = fc.option(fc.boolean(), { nil: undefined });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("put" as const), orgId, overrides, readAt: moment }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("use" as const), orgId }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("set" as const), orgId, index, setting, revision: fc.maxSafeNat() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Takes a step with both, and gives back what each answers. */
function take(each: Step, organisations: ResidentOrganisations, model: ClockModel): [Held | undefined, unknown] {
  switch (each.kind) {
    case "put": {
      const codes = each.overrides.map(([at, enabled]) => overrideCode(at, enabled));
      return [
        heldOf(organisations.put(each.orgId, codes, each.readAt)),
        model.put(each.orgId, each.overrides, each.readAt),
      ];
    }
    case "use":
      return [heldOf(organisations.use(each.orgId)), model.use(each.orgId)];
    case "set":
      organisations.set(each.orgId, each.index, each.setting, each.revision);
      return [undefined, model.set(each.orgId, each.index, each.setting, each.revision)];
    case "clear":
      organisations.clear();
      return [undefined, model.clear()];
  }
}

test("holds what a Map with a clock would hold, whatever is read, changed, replaced and pushed out", () => {
  const bound = fc.integer({ min: 1, max: 16 });
  fc.assert(
    fc.property(bound, fc.array(step, { size: "max", maxLength: 400 }), (most, steps) => {
      // Chunks so small that they are emptied and reused all the time.
      const organisations = new ResidentOrganisations(most, new Arena(7));
      const model = new ClockModel(most);
      for (const each of steps) {
        const [answer, expected] = take(each, organisations, model);
        expect(answer).toEqual(expected);
        expect(organisations.size).toBe(model.size);
      }
      for (const each of orgIds) {
        expect(heldOf(organisations.use(each))).toEqual(model.use(each));
      }
    }),
  );
});

test("what was put is handed out also where it moves at once, with the chunk that it was put in", () => {
  const organisations = new ResidentOrganisations(12, new Arena(7));
  for (let round = 0; round < 20_000; round++) {
    const codes = Array.from({ length: (round * round) % 23 }, (_, at) => overrideCode(at, round % 2 === 0));
    const organisation = organisations.put(`org${(round * 7919) % 17}`, codes, { time, revision: round });
    expect([organisation.revision, organisation.overrides()]).toEqual([round, codes]);
  }
});

test("a setting is found by its feature, and none of another one is", () => {
  fc.assert(
    fc.property(overrides, index, (given, asked) => {
      const codes = given.map(([at, enabled]) => overrideCode(at, enabled));
      const organisation = new ResidentOrganisations(1).put("acme", codes, readAt);
      expect(organisation.get(asked)).toBe(new Map(given).get(asked));
    }),
  );
});

test("an id that no organisation can have is not found, and refused", () => {
  const organisations = new ResidentOrganisations(10);
  organisations.put("acme", [], readAt);
  // Its first four characters are those of acme, were only the lower bits looked at.
  const alike = "acm\u0165";
  expect(organisations.use(alike)).toBeUndefined();
  organisations.set(alike, 1, true, 2);
  expect(organisations.use("acme")?.get(1)).toBeUndefined();
  expect(() => organisations.put(alike, [], readAt)).toThrow(
    new RangeError(`not the id of an organisation: "${alike}"`),
  );
});

test("room is found in bounded time, also where everybody is in use", () => {
  const organisations = new ResidentOrganisations(3000);
  for (let number = 0; number < 3000; number++) {
    organisations.put(`org${number}`, [], readAt);
    organisations.use(`org${number}`);
  }
  organisations.put("another", [], readAt);
  // The hand passed over a thousand, and took the next one.
  expect(organisations.use("org999")).toBeDefined();
  expect(organisations.use("org1000")).toBeUndefined();
  expect(organisations.size).toBe(3000);
});

/** Counts how often blocks are looked into. */
class CountingArena extends Arena {
  looks = 0;

  override get(block: number, word: number): number {
    this.looks++;
    return super.get(block, word);
  }
}

test("neither an arrival nor a look-up ever pays for many others, however many there are", () => {
  const arena = new CountingArena();
  const organisations = new ResidentOrganisations(100_000, arena);
  const looks = (what: () => void) => {
    arena.looks = 0;
    what();
    return arena.looks;
  };
  let most = 0;
  for (let number = 0; number < 20_000; number++) {
    most = Math.max(
      most,
      looks(() => organisations.put(`org${number}`, [], readAt)),
    );
    most = Math.max(
      most,
      looks(() => organisations.use(`org${number >> 1}`)),
    );
  }
  expect(most).toBeLessThan(200);
});

test("memory grows with what is held, not with the bound, and is given back", () => {
  const arena = new Arena();
  const organisations = new ResidentOrganisations(10_000_000, arena);
  expect(arena.heldWords).toBe(0);
  for (let number = 0; number < 10_000; number++) {
    organisations.put(`org_${String(number).padStart(8, "0")}`, [1, 3, 5], readAt);
  }
  expect((arena.heldWords * 4) / 10_000).toBeLessThan(70);
  organisations.clear();
  expect(arena.heldWords).toBe(0);
  expect(organisations.size).toBe(0);
});

test("changes of growing and shrinking organisations leave nothing behind", () => {
  const arena = new Arena();
  const organisations = new ResidentOrganisations(100, arena);
  for (let round = 0; round < 200; round++) {
    for (let number = 0; number < 100; number++) {
      organisations.put(`org${number}`, [], readAt);
      organisations.set(`org${number}`, round, true, round);
    }
    for (let index = 0; index < 100; index++) {
      organisations.set("org0", index, index <= round ? true : undefined, round);
    }
  }
  // A hundred organisations of one override, and one of a hundred: less than one chunk; one more is kept for reuse.
  expect(arena.heldWords).toBeLessThanOrEqual(2 * 2 ** 14);
});
