import { defineCommand } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { serveSettings } from "./serve-settings.ts";
import type { Settings } from "./setting.ts";
import { httpUrl, optional } from "./setting-values.ts";

const patienceMs = 5000;

/** All settings of `health`. */
const healthSettings = {
  url: {
    flag: "url",
    env: "ORGFLAGS_HEALTH_URL",
    placeholder: "URL",
    fallback: "",
    help: "what is asked; http://127.0.0.1:PORT/readyz where it is not given",
    read: optional(httpUrl),
  },
  port: { ...serveSettings.port, help: "port on this machine that is asked where no URL is given" },
} as const satisfies Settings;

/** Asks a running service whether it is ready: for images that have no other program to ask with. */
export const health = defineCommand({
  name: "health",
  summary: "ask a running service whether it is ready",
  about: `Asks a running service whether it is ready, and ends with exit code ${exitCodes.notReady} where it is not or does not say so
within ${patienceMs / 1000} seconds. /readyz asks whether it takes requests, /healthz whether it lives.`,
  settings: healthSettings,
  async run({ url, port }) {
    const asked = url ?? `http://127.0.0.1:${port}/readyz`;
    const fault = await faultAt(asked);
    if (fault === undefined) {
      return exitCodes.ok;
    }
    process.stderr.write(`orgflags: ${asked} ${fault}\n`);
    return exitCodes.notReady;
  },
});

/** Says in what way the service at an address is not ready, or nothing. */
async function faultAt(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(patienceMs) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `answered ${answer.status}`;
  } catch (error) {
    return error instanceof DOMException && error.name === "TimeoutError"
      ? `gave no answer within ${patienceMs / 1000} seconds`
      : `can't be reached (${reasonOf(error)})`;
  }
}

/** What a failed `fetch` says of the connection is in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : String(cause);
}
