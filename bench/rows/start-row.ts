import assert from "node:assert/strict";
import { ask } from "../load/http1-request.ts";
import { orgflagsCommand, startSubject } from "../process/subject.ts";
import type { Seed } from "../seed.ts";
import { restCheck } from "./check-call.ts";
import { type Comparison, type Contender, type Row, runRounds } from "./row.ts";

const overridesEach = 4;
const none = "nothing stored";
const many = "10,000,000 overrides stored";

const comparisons: readonly Comparison[] = [
  { subject: many, against: none, metric: "readyMs", bound: { kind: "at most", value: 1000, of: "difference" } },
];

/** The time from the start of the process to its first answer. */
export const startRow: Row = {
  name: "start",
  work: "start to first check",
  large: true,
  run: (bench) => {
    const database = (organisations: number) => {
      const seed: Seed = { features: 50, organisations, overridesEach };
      return bench.workspace.seeded(seed);
    };
    const organisations = bench.scale.startOverrides / overridesEach;
    return runRounds([starts(none, database(0)), starts(many, database(organisations))], comparisons, bench);
  },
};

function starts(subject: string, databaseFile: string): Contender {
  return {
    subject,
    async measure() {
      const beganAt = performance.now();
      const server = await startSubject(orgflagsCommand(databaseFile));
      try {
        const { status } = await ask(server.url, restCheck(0));
        assert.equal(status, 200);
        return { readyMs: performance.now() - beganAt };
      } finally {
        await server.stop();
      }
    },
  };
}
