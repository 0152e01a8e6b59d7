import { join } from "node:path";
import type Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import type { Scope } from "../../../src/domain/access.ts";
import { type ChangePart, selectPart } from "../../../src/storage/sqlite/change-query.ts";
import { connect, prepareFile } from "../../../src/storage/sqlite/connection.ts";
import { countOverrides, type OverrideFilter, selectOverrides } from "../../../src/storage/sqlite/override-query.ts";
import { selectCounts, selectOrganisations, selectSize } from "../../../src/storage/sqlite/scoped-audience.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const parts: readonly ChangePart[] = [
  { kind: "organisation", orgId: "a" },
  { kind: "features" },
  { kind: "feature", featureKey: "x" },
  { kind: "featureAndOverrides", featureKey: "x" },
];
const plans = parts.flatMap((part) =>
  ["x", undefined].flatMap((actor) =>
    [true, false].flatMap((oldestFirst) =>
      [true, false].map((someFeatures) => ({ part, actor, oldestFirst, someFeatures })),
    ),
  ),
);

test.for(plans)("a part of the changes is read in the order of revisions, by an index: %o", (plan) => {
  const { part, actor, oldestFirst, someFeatures } = plan;
  const sql = selectPart(part, { actor, someFeatures }, oldestFirst);
  const steps = planOf(opened(), sql, { ...part, actor, featureKeys: "[]", min: 1, max: 9, limit: 5 });
  expect(steps).toMatch(/SEARCH changes USING INDEX/);
  expect(steps).not.toMatch(/TEMP B-TREE|SCAN changes/);
});

const named = (...names: readonly string[]) => new Set(names);
const scopes: readonly Scope[] = [
  { orgIds: named("a"), featureKeys: undefined },
  { orgIds: named("a", "b"), featureKeys: undefined },
  { orgIds: named("a", "b"), featureKeys: named("x", "y") },
  { orgIds: undefined, featureKeys: named("x") },
  { orgIds: undefined, featureKeys: named("x", "y", "z") },
];
const someOrNone = ["x", undefined];
const filters: readonly OverrideFilter[] = scopes.flatMap((scope) =>
  someOrNone.flatMap((orgId) =>
    someOrNone.flatMap((featureKey) => [true, undefined].map((enabled) => ({ scope, orgId, featureKey, enabled }))),
  ),
);

test.for(filters)("overrides within a scope are found by an index, and a page of many is not sorted: %o", (filter) => {
  const db = opened();
  const page = selectOverrides(filter);
  const steps = planOf(db, `${page.sql} LIMIT 5`, page.values);
  expect(steps).not.toMatch(/SCAN overrides/);
  // What few organisations have is few.
  const isOfFew = filter.orgId !== undefined || filter.scope?.orgIds !== undefined;
  expect([isOfFew || !steps.includes("TEMP B-TREE"), steps]).toEqual([true, steps]);
  const count = countOverrides(filter);
  expect(planOf(db, count.sql, count.values)).not.toMatch(/SCAN overrides/);
});

test.for([
  ["counts", selectCounts, ["[]"]],
  ["size", selectSize, ["[]"]],
  ["organisations", selectOrganisations, { featureKey: "x", ids: "[]", after: "", limit: 5, on: 1, off: 1, none: 1 }],
] as const)("the %s of a scope read what is in it alone", ([, sql, values]) => {
  expect(planOf(opened(), sql, values)).not.toMatch(/SCAN (overrides|organisations|ids|o)\b/);
});

function opened(): Database.Database {
  const file = join(temporaryFolder(), "orgflags.db");
  prepareFile(file, 0);
  const db = connect(file);
  onTestFinished(() => void db.close());
  return db;
}

function planOf(db: Database.Database, sql: string, values: object): string {
  const plan = db.prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(values);
  return plan.map(({ detail }) => detail).join("\n");
}
