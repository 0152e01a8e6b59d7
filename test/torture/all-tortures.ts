import { badClientRounds } from "./clients/clients.ts";
import { clockJumps } from "./clock.ts";
import { damageRounds } from "./damage/damage.ts";
import { diskRounds } from "./disk/disk-rounds.ts";
import { type Fault, faultyDisk, hasCompiler } from "./disk/faulty-disk.ts";
import { fileSizeLimit } from "./disk/file-size-limit.ts";
import { pageLimit } from "./disk/page-limit.ts";
import { hasSmallDisks, smallDisk } from "./disk/small-disk.ts";
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
    name: "disk full",
    work: "a file system of 24 MiB that is filled to its last byte and emptied again under the running service",
    amount: 20,
    unit: "rounds",
    lacks: () => (hasSmallDisks() ? undefined : "a user namespace to mount a file system in"),
    run: (ground, rounds) => diskRounds(ground, { rounds, make: smallDisk }),
  },
  {
    name: "database full",
    work: "a limit on the pages of the database (max_page_count)",
    amount: 20,
    unit: "rounds",
    run: (ground, rounds) => diskRounds(ground, { rounds, make: pageLimit }),
  },
  {
    name: "quota",
    work: "a limit on the size of files (RLIMIT_FSIZE), which is an I/O error to SQLite as a quota is",
    amount: 20,
    unit: "rounds",
    run: (ground, rounds) => diskRounds(ground, { rounds, make: fileSizeLimit }),
  },
  faulty("write"),
  faulty("fsync"),
  faulty("read"),
  {
    name: "damage at rest",
    work: "a database that a crash has left, with its log; then one of its three files damaged at random, and a start",
    amount: 200,
    unit: "rounds",
    run: (ground, rounds) => damageRounds(ground, "at rest", rounds),
  },
  {
    name: "damage while running",
    work: "the same database damaged in place under the running service",
    amount: 100,
    unit: "rounds",
    run: (ground, rounds) => damageRounds(ground, "while running", rounds),
  },
  {
    name: "slow clients",
    work: "100 clients of seven slow kinds beside 500 checks a second; each round measures ten seconds without them and ten with",
    amount: 10,
    unit: "rounds",
    run: (ground, rounds) => badClientRounds(ground, { kind: "slow", clients: 100, rounds, seconds: 10 }),
  },
  {
    name: "bad clients",
    work: "the same with those that flood, ask for much or leave, too: fifteen kinds",
    amount: 10,
    unit: "rounds",
    run: (ground, rounds) => badClientRounds(ground, { kind: "bad", clients: 100, rounds, seconds: 10 }),
  },
  {
    name: "clock",
    work: "a clock that jumps by a millisecond up to 400 days, twice as often forward as back, between reads and writes",
    amount: 20_000,
    unit: "jumps",
    run: clockJumps,
  },
  {
    name: "fuzz by structure",
    work: "requests generated from the descriptors, with hostile values and headers, on every lane",
    amount: 400_000,
    unit: "requests",
    run: (ground, count) => fuzz(ground, "structure", count),
  },
  {
    name: "fuzz by bytes",
    work: "the same requests with their bytes changed, down to the frames of HTTP/2",
    amount: 600_000,
    unit: "requests",
    run: (ground, count) => fuzz(ground, "bytes", count),
  },
];

function faulty(fault: Fault): Torture {
  return {
    name: `I/O errors of ${fault}`,
    work: `EIO for every ${fault} of the database's files, by a library before the system's own (LD_PRELOAD)`,
    amount: 10,
    unit: "rounds",
    lacks: () => (hasCompiler() ? undefined : "a C compiler (cc)"),
    run: (ground, rounds) => {
      return diskRounds(ground, { rounds, isReadable: fault !== "read", make: (on) => faultyDisk(on, fault) });
    },
  };
}
