import type { App } from "../app.ts";
import type { Logger } from "./logger.ts";

/**
 * Has SIGHUP read the files of TLS anew. Without TLS it changes nothing; without a listener it would end the process, and
 * cut off what is under way.
 */
export function reloadOnHangUp(app: App, isSecure: boolean, logger: Logger): void {
  process.on("SIGHUP", () => {
    if (isSecure) {
      app.reload();
    } else {
      logger.warn({}, "SIGHUP changes nothing in this process: without TLS it has no files to read anew");
    }
  });
}
