// The thread of durable-floor.ts that writes: it appends each batch of bodies to a file, syncs that and says so.
import { fdatasyncSync, openSync, writevSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

if (parentPort === null) {
  throw new Error("durable-floor-thread.ts runs as a worker thread only");
}
const port = parentPort;
// The starting side passes the path of a file, nothing else starts this one.
const descriptor = openSync(workerData as string, "a");

port.on("message", (bodies: readonly Uint8Array[]) => {
  writevSync(descriptor, bodies);
  fdatasyncSync(descriptor);
  port.postMessage(bodies.length);
});
