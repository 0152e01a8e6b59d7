import type Database from "better-sqlite3";
import type { ChangeQuery } from "../../domain/change.ts";
import { isLimited, type Reach, reachOf } from "../../domain/reach.ts";
import { type ChangePart, type PartFilters, selectChanges, selectPart } from "./change-query.ts";
import type { ChangeRow } from "./rows.ts";

/** Which changes to list; `min` and `max` are revisions, inclusive. */
export interface ChangeListQuery
  extends Pick<ChangeQuery, "orgId" | "featureKey" | "scope" | "actor" | "oldestFirst" | "limit"> {
  readonly min: number;
  readonly max: number;
}

type Statement = Database.Statement<[object], ChangeRow>;
type Range = Pick<ChangeListQuery, "min" | "max">;

/** Reads the log in its order, of all or within a scope. */
export class ChangeList {
  readonly #prepare: (sql: string) => Statement;

  constructor(db: Database.Database) {
    const prepared = new Map<string, Statement>();
    this.#prepare = (sql) => {
      const statement = prepared.get(sql) ?? db.prepare<[object], ChangeRow>(sql);
      prepared.set(sql, statement);
      return statement;
    };
  }

  /** The rows of the changes that a query asks for. */
  read(query: ChangeListQuery): readonly ChangeRow[] {
    const { orgId, featureKey, actor, min, max, limit, oldestFirst, scope } = query;
    if (!isLimited(scope)) {
      return this.#prepare(selectChanges(query, oldestFirst)).all({ orgId, featureKey, actor, min, max, limit });
    }
    return this.#merged(query, reachOf(query));
  }

  /**
   * The first of all parts together. Once there are as many as asked for, each further part is read only as far as it
   * has something that comes before the last of them: many parts cost little more than one.
   */
  #merged(query: ChangeListQuery, reach: Reach): readonly ChangeRow[] {
    const { limit, oldestFirst } = query;
    const inOrder = (a: ChangeRow, b: ChangeRow) => (oldestFirst ? 1 : -1) * (a.revision - b.revision);
    let range: Range = query;
    let rows: readonly ChangeRow[] = [];
    for (const part of partsOf(query, reach)) {
      const more = this.#readPart(query, reach, part, range);
      if (more.length > 0) {
        rows = [...rows, ...more].sort(inOrder).slice(0, limit);
        range = rows.length < limit ? range : within(range, rows.at(-1), oldestFirst);
      }
    }
    return rows;
  }

  #readPart(query: ChangeListQuery, { featureKeys }: Reach, part: ChangePart, range: Range): readonly ChangeRow[] {
    const { actor, limit, oldestFirst } = query;
    const filters: PartFilters = { actor, someFeatures: part.kind === "organisation" && featureKeys !== undefined };
    const { min, max } = range;
    return this.#prepare(selectPart(part, filters, oldestFirst)).all({
      ...part,
      featureKeys: JSON.stringify(featureKeys ?? []),
      actor,
      min,
      max,
      limit,
    });
  }
}

/** Each change that is asked for is in one part, and no other is in any. */
function partsOf({ scope, actor }: ChangeListQuery, { orgIds, featureKeys }: Reach): readonly ChangePart[] {
  const ofFeatures = (kind: "feature" | "featureAndOverrides"): readonly ChangePart[] => {
    return featureKeys?.map((featureKey) => ({ kind, featureKey })) ?? [];
  };
  if (orgIds === undefined) {
    return ofFeatures("featureAndOverrides");
  }
  // Who is limited to organisations is not told who changed a feature, and so can't ask for it either.
  const isHidden = actor !== undefined && scope?.orgIds !== undefined;
  const features: readonly ChangePart[] = featureKeys === undefined ? [{ kind: "features" }] : ofFeatures("feature");
  return [...orgIds.map((orgId) => ({ kind: "organisation", orgId }) as const), ...(isHidden ? [] : features)];
}

function within({ min, max }: Range, last: ChangeRow | undefined, oldestFirst: boolean): Range {
  const bound = last?.revision ?? 0;
  return oldestFirst ? { min, max: bound - 1 } : { min: bound + 1, max };
}
