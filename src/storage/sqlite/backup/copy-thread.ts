// The thread that copies a database, so that the one that started it hears signals meanwhile.
import { parentPort, workerData } from "node:worker_threads";
import { StoreOpenError } from "../../store.ts";
import { type Verification, verifyFile } from "../verify/verification.ts";
import { copyDatabase } from "./copy-database.ts";

/** What the thread is started with. */
export interface CopyThreadData {
  readonly source: string;
  /** A file that is there, and empty. */
  readonly target: string;
}

/** What it came to, as plain data. */
export type CopyResult =
  | { readonly kind: "copied"; readonly verification: Verification }
  | { readonly kind: "fault"; readonly fault: StoreOpenError["fault"]; readonly message: string };

if (parentPort === null) {
  throw new Error("copy-thread runs as a worker thread only");
}
// The starting side passes CopyThreadData, nothing else starts this file.
const { source, target } = workerData as CopyThreadData;
parentPort.postMessage(copy());

function copy(): CopyResult {
  try {
    copyDatabase(source, target);
    return { kind: "copied", verification: verifyFile(target) };
  } catch (error) {
    if (error instanceof StoreOpenError) {
      return { kind: "fault", fault: error.fault, message: error.message };
    }
    throw error;
  }
}
