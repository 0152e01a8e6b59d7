// Preloaded into orgflags to see what batching is worth: the same server, but no write is handed to the writing thread
// before the one ahead of it is on disk, so that each is a transaction, with an fsync, of its own.
import { SqliteStore } from "../../src/storage/sqlite/store.ts";

const { updateOverrides } = SqliteStore.prototype;
let ahead: Promise<unknown> = Promise.resolve();

SqliteStore.prototype.updateOverrides = function (...args) {
  const write = ahead.then(() => updateOverrides.apply(this, args));
  // A refused write is its caller's affair; the next one goes ahead all the same.
  ahead = write.catch(() => {});
  return write;
};
