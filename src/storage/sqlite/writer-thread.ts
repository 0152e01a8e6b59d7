// The thread that writes: it answers each batch of requests with as many results, in the same order.
import { parentPort, workerData } from "node:worker_threads";
import type { CatalogueMode } from "../../domain/feature.ts";
import { SqliteWriter, type WriteRequest } from "./writer.ts";

/** What the thread is started with. */
export interface WriterThreadData {
  readonly file: string;
  readonly catalogue: CatalogueMode;
}

if (parentPort === null) {
  throw new Error("writer-thread runs as a worker thread only");
}
const port = parentPort;
// The starting side passes WriterThreadData, nothing else starts this file.
const { file, catalogue } = workerData as WriterThreadData;
const writer = new SqliteWriter(file, catalogue);

port.on("message", (message: readonly WriteRequest[] | "close") => {
  if (message === "close") {
    writer.close();
    port.close();
  } else {
    port.postMessage(writer.commit(message));
  }
});
port.postMessage("ready");
