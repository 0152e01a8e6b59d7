import { onTestFinished } from "vitest";
import { Ground } from "./ground.ts";

/** What chance starts from in tests: the same each time, unless `TORTURE_SEED` says otherwise. */
const seed = Number(process.env.TORTURE_SEED ?? 1);

/** The ground of a short torture, cleared when the test is over. */
export function tortureGround(): Ground {
  const ground = new Ground(seed);
  onTestFinished(() => ground.clear());
  return ground;
}
