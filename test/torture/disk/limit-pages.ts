// Preloaded into a service, in each of its threads: before each transaction that writes, SQLite is told how many pages
// the database may have, by the file that TORTURE_PAGES names. Fewer than there are means: not one more.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";

const control = process.env.TORTURE_PAGES ?? "";
const { transaction } = Database.prototype;

Database.prototype.transaction = function limited(this: Database.Database, ...args: Parameters<typeof transaction>) {
  const made = transaction.apply(this, args);
  const immediate = (...rest: unknown[]) => {
    this.pragma(`max_page_count = ${Number(readFileSync(control, "utf8"))}`);
    return made.immediate(...rest);
  };
  // It has methods that can't be changed: so it is another one.
  return Object.defineProperties((...rest: unknown[]) => made(...rest), {
    ...Object.getOwnPropertyDescriptors(made),
    immediate: { value: immediate },
  }) as typeof made; // With all that `made` has.
};
