/** One operation on a register, with the times of its call and of its answer. */
export interface Operation {
  readonly kind: "read" | "write";
  /** What was written, each value once, or read. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** The time in which a value must have been the register's: forward if it spans, backward if it lies within. */
interface Zone {
  readonly value: number;
  readonly isForward: boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * Says why a history of one register is not linearizable, or nothing if it is. Exact where each value is written once
 * (Gibbons and Korach, "Testing Shared Memories", 1997): no two forward zones overlap, and no backward zone lies
 * within a forward one. The register begins as 0.
 */
export function contradiction(history: readonly Operation[]): string | undefined {
  const clusters = new Map<number, Operation[]>([[0, [{ kind: "write", value: 0, start: -1, end: -1 }]]]);
  for (const operation of history) {
    clusters.set(operation.value, [...(clusters.get(operation.value) ?? []), operation]);
  }
  for (const [value, operations] of clusters) {
    const write = operations.find(({ kind }) => kind === "write");
    if (write === undefined || operations.some(({ end }) => end < write.start)) {
      return `${value} was read before it was written`;
    }
  }
  return conflict([...clusters].map(([value, operations]) => zoneOf(value, operations)));
}

function zoneOf(value: number, operations: readonly Operation[]): Zone {
  const firstEnd = Math.min(...operations.map(({ end }) => end));
  const lastStart = Math.max(...operations.map(({ start }) => start));
  const isForward = firstEnd < lastStart;
  return { value, isForward, from: Math.min(firstEnd, lastStart), to: Math.max(firstEnd, lastStart) };
}

function conflict(zones: readonly Zone[]): string | undefined {
  for (const forward of zones.filter(({ isForward }) => isForward)) {
    for (const other of zones) {
      const overlaps = other.isForward && other.from < forward.to && forward.from < other.to;
      const isWithin = !other.isForward && forward.from < other.from && other.to < forward.to;
      if (other !== forward && (overlaps || isWithin)) {
        return `${forward.value} was there before and after ${other.value} was`;
      }
    }
  }
  return undefined;
}
