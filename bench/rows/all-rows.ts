import { grpcTokenRow, restTokenRow } from "./access-rows.ts";
import { grpcRow } from "./grpc-row.ts";
import { http1Rows } from "./http1-rows.ts";
import { matchingRow } from "./matching-row.ts";
import { memoryRow } from "./memory-row.ts";
import { ofrepBulkRow, ofrepCheckRow } from "./ofrep-rows.ts";
import { flagdLiveRow, ofrepLiveRow } from "./openfeature-live-rows.ts";
import type { Row } from "./row.ts";
import { startRow } from "./start-row.ts";
import { checkStoredRow, listRow } from "./stored-rows.ts";
import { watchMemoryRow, watchRow } from "./watch-rows.ts";
import { besideWritesRow, putRow } from "./write-rows.ts";

/** Every row, in the order in which they run. */
export const allRows: readonly Row[] = [
  ...http1Rows,
  ofrepCheckRow,
  ofrepBulkRow,
  grpcRow,
  restTokenRow,
  grpcTokenRow,
  matchingRow,
  putRow,
  besideWritesRow,
  checkStoredRow,
  listRow,
  watchRow,
  watchMemoryRow,
  flagdLiveRow,
  ofrepLiveRow,
  startRow,
  memoryRow,
];
