import type { Lane } from "./exchange.ts";

/** Lanes that have a path each, and nothing below it. */
export type PathTable = ReadonlyMap<string, Lane>;

/**
 * Makes one lane of those that have a path each. A request for another path passes all of them by with a look at its
 * first segment, which is cheaper than one at the whole.
 */
export function createPathLane(table: PathTable): Lane {
  const segments = new Set([...table.keys()].map(firstSegment));
  return (request, response, path, added) => {
    const lane = segments.has(firstSegment(path)) ? table.get(path) : undefined;
    return lane?.(request, response, path, added) ?? false;
  };
}

/** The part of a path between its first two slashes. */
function firstSegment(path: string): string {
  const end = path.indexOf("/", 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}
