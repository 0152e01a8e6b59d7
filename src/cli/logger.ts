import { type Logger, pino } from "pino";

/** Makes the log of a process: a line of JSON for each entry, on standard error, written before the call returns. */
export function createLogger(): Logger {
  return pino(pino.destination({ dest: 2, sync: true }));
}
