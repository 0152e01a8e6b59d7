import type { StoreFault } from "../storage/store.ts";

/** What the process ends with. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  address: 3,
  databaseUnwritable: 4,
  databaseDamaged: 5,
  databaseNewer: 6,
  databaseForeign: 7,
  nodeTooOld: 8,
  notReady: 9,
  refused: 10,
  unusableImport: 11,
  outputLost: 12,
} as const;

const storeFaults: Readonly<Record<StoreFault, number>> = {
  unwritable: exitCodes.databaseUnwritable,
  damaged: exitCodes.databaseDamaged,
  newer: exitCodes.databaseNewer,
  foreign: exitCodes.databaseForeign,
};

/** What the process ends with when its database can't be opened. */
export function exitCodeOfStoreFault(fault: StoreFault): number {
  return storeFaults[fault];
}
