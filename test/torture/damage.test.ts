import { expect, test } from "vitest";
import { type DamageTime, damageRounds } from "./damage/damage.ts";
import { tortureGround } from "./torture-ground.ts";

test.for<[DamageTime, number]>([
  ["at rest", 4],
  ["while running", 2],
])(
  "a database that is damaged %s is refused, or answered from rightly or not at all",
  { timeout: 60_000 },
  async ([time, rounds]) => {
    expect(await damageRounds(tortureGround(), time, rounds)).toMatchObject({ rounds });
  },
);
