import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { selectChanges } from "../../../src/storage/sqlite/change-query.ts";
import { connect, prepareFile } from "../../../src/storage/sqlite/connection.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const someOrNone = ["x", undefined];
const combinations = someOrNone.flatMap((orgId) =>
  someOrNone.flatMap((featureKey) =>
    someOrNone.flatMap((actor) => [true, false].map((oldestFirst) => ({ orgId, featureKey, actor, oldestFirst }))),
  ),
);

test.for(combinations)("changes of %o are read in the order of revisions, by an index, and sorted never", (filters) => {
  const file = join(temporaryFolder(), "orgflags.db");
  prepareFile(file, 0);
  const db = connect(file);
  onTestFinished(() => void db.close());
  const sql = `EXPLAIN QUERY PLAN ${selectChanges(filters, filters.oldestFirst)}`;
  const parameters = { ...filters, oldestFirst: undefined, min: 1, max: 9, limit: 5 };
  const plan = db.prepare<[object], { detail: string }>(sql).all(parameters);
  const steps = plan.map(({ detail }) => detail);
  expect(steps.filter((detail) => detail.startsWith("SEARCH changes")).length).toBe(
    filters.orgId === undefined ? 1 : 2,
  );
  expect(steps.join("\n")).not.toMatch(/TEMP B-TREE|SCAN changes/);
});
