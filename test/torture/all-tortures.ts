import { fuzz } from "./fuzz/fuzz.ts";
import { killRounds } from "./kill.ts";
import { linearizableRounds } from "./linearizability.ts";
import type { Torture } from "./torture.ts";

/** All kinds of torture, in the order in which they are done. */
export const allTortures: readonly Torture[] = [
  {
    name: "kill",
    work: "SIGKILL to one process at random points of its start and of a load of batches",
    amount: 300,
    unit: "kills",
    run: (ground, rounds) => killRounds(ground, { rounds, workers: 1 }),
  },
  {
    name: "kill workers",
    work: "the same with two workers: the supervisor, all processes, or one worker",
    amount: 150,
    unit: "kills",
    run: (ground, rounds) => killRounds(ground, { rounds, workers: 2 }),
  },
  {
    name: "linearizability",
    work: "histories of eight clients over three workers, while workers and the supervisor are killed",
    amount: 25,
    unit: "rounds",
    run: (ground, rounds) => linearizableRounds(ground, { rounds, kills: 6 }),
  },
  {
    name: "fuzz by structure",
    work: "requests generated from the descriptors, with hostile values and headers, on every lane",
    amount: 500_000,
    unit: "requests",
    run: (ground, count) => fuzz(ground, "structure", count),
  },
  {
    name: "fuzz by bytes",
    work: "the same requests with their bytes changed, down to the frames of HTTP/2",
    amount: 500_000,
    unit: "requests",
    run: (ground, count) => fuzz(ground, "bytes", count),
  },
];
