// Loaded before a server process (`node --import`): it never gets further than that, and ends with its supervisor.
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.ORGFLAGS_WORKER !== undefined) {
  process.once("disconnect", () => process.exit(1));
  await new Promise(() => {});
}
