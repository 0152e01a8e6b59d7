// The longest time that a timer of the platform can wait: nearly 25 days. It takes anything longer for one millisecond.
const longestMs = 2 ** 31 - 1;

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/** Takes a deadline that lies further away than timers reach off a request: the call then has none. */
export function dropEndlessTimeout(header: Headers): void {
  const [, value, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "") ?? [];
  if (Number(value) * (unitMs[unit] ?? 0) > longestMs) {
    header.delete("grpc-timeout");
  }
  if (Number(header.get("connect-timeout-ms")) > longestMs) {
    header.delete("connect-timeout-ms");
  }
}
