import { expect, test } from "vitest";
import { badClientRounds } from "./clients/clients.ts";
import { tortureGround } from "./torture-ground.ts";

test("slow, mute, flooding and vanishing clients keep no other one from its answers, and leave nothing behind", {
  timeout: 60_000,
}, async () => {
  expect(await badClientRounds(tortureGround(), { clients: 100, rounds: 1, seconds: 1 })).toMatchObject({ rounds: 1 });
});
