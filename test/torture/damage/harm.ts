import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { Random } from "../random.ts";

const pageSize = 4096;

/** Which file of a database, and what is done to it. */
export interface Harm {
  readonly end: "" | "-wal" | "-shm";
  readonly kind: string;
}

type Deed = (file: number, size: number, random: Random) => void;

const deeds: Readonly<Record<string, Deed>> = {
  "some bits turned": (file, size, random) => {
    for (let turn = 0; turn <= random.below(8); turn++) {
      const at = random.below(size);
      const [byte] = read(file, at, 1);
      write(file, Buffer.from([(byte ?? 0) ^ (1 << random.below(8))]), at);
    }
  },
  "some bytes overwritten": (file, size, random) => {
    for (let turn = 0; turn <= random.below(4); turn++) {
      write(file, random.bytes(1 + random.below(64)), random.below(size));
    }
  },
  "a page of noise": (file, size, random) => write(file, random.bytes(pageSize), pageOf(size, random)),
  "a page of zeros": (file, size, random) => write(file, Buffer.alloc(pageSize), pageOf(size, random)),
  "two pages swapped": (file, size, random) => {
    const [one, other] = [pageOf(size, random), pageOf(size, random)];
    const [first, second] = [read(file, one, pageSize), read(file, other, pageSize)];
    write(file, second, one);
    write(file, first, other);
  },
  truncated: (file, size, random) => ftruncateSync(file, random.below(size)),
  "truncated to whole pages": (file, size, random) => ftruncateSync(file, pageOf(size, random)),
  emptied: (file) => ftruncateSync(file, 0),
  "a head of noise": (file, _size, random) => write(file, random.bytes(100), 0),
};

/** Does some harm to a database. In place: who has it open sees it. `isRunning` leaves out what no process can survive. */
export function harm(file: string, random: Random, isRunning = false): Harm {
  const end = isRunning ? "" : random.oneOf(["", "", "", "-wal", "-wal", "-shm"] as const);
  const name = file + end;
  if (!existsSync(name)) {
    return { end, kind: "nothing" };
  }
  const kind = random.oneOf(Object.keys(deeds));
  const descriptor = openSync(name, "r+");
  try {
    const { size } = fstatSync(descriptor);
    if (size > 0) {
      deeds[kind]?.(descriptor, size, random);
    }
  } finally {
    closeSync(descriptor);
  }
  return { end, kind };
}

function pageOf(size: number, random: Random): number {
  return pageSize * random.below(Math.max(1, Math.floor(size / pageSize)));
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}

function write(file: number, bytes: Buffer, at: number): void {
  writeSync(file, bytes, 0, bytes.length, at);
}
