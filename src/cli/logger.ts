import { type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger } from "pino";

// Where whoever reads the log does not, so much waits for it; what comes then is lost, and the service goes on.
const maxWaitingBytes = 8 * 1024 * 1024;

/**
 * Makes the log of a process: a line of JSON for each entry, on standard error. Nothing waits for it; what is left when
 * the process ends is written then.
 */
export function createLogger(level: string): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const destination = pino.destination({ dest: 2, sync: false, maxLength: maxWaitingBytes });
  // A disk that is full, for one: there is nowhere to say it. What waits is tried again with the next line.
  destination.on("error", () => {});
  return pino(options, destination);
}
