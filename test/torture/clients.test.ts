import { expect, test } from "vitest";
import { badClientRounds } from "./clients/clients.ts";
import { tortureGround } from "./torture-ground.ts";

test.for([
  ["slow and mute", "slow"],
  ["slow, mute, flooding and vanishing", "bad"],
] as const)(
  "%s clients keep no other one from its answers, and leave nothing behind",
  { timeout: 60_000 },
  async ([, kind]) => {
    const options = { kind, clients: 100, rounds: 1, seconds: 1 };
    expect(await badClientRounds(tortureGround(), options)).toMatchObject({ rounds: 1 });
  },
);
