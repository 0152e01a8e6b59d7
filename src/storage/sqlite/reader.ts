import type Database from "better-sqlite3";
import type { Change } from "../../domain/change.ts";
import type { OverridePage, OverrideQuery } from "../../domain/override.ts";
import type { CatalogueSnapshot, OrganisationSnapshot } from "../store.ts";
import { type CommitSign, createCommitSign } from "./commit-sign.ts";
import { connect } from "./connection.ts";
import {
  type ChangeRow,
  changeFromRow,
  type FeatureRow,
  featureFromRow,
  type OverrideRow,
  overrideFromRow,
} from "./rows.ts";

const noChanges: readonly Change[] = [];

/** The reads of a store, on a connection of their own that never writes. */
export class SqliteReader {
  readonly #db: Database.Database;
  readonly #sign: CommitSign;
  readonly #revision: Database.Statement<[], number>;
  readonly #changes: Database.Statement<[number, number], ChangeRow>;
  readonly #features: Database.Statement<[], FeatureRow>;
  readonly #organisation: Database.Statement<[string], OverrideRow>;
  // When the kept sign was seen, nothing stood in the log after this revision.
  #seenRevision = Number.POSITIVE_INFINITY;

  constructor(file: string, trace?: (sql: string) => void) {
    const db = connect(file, trace);
    db.pragma("query_only = ON");
    this.#db = db;
    // The sequence, not max(revision): it outlives the rows.
    this.#revision = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").pluck();
    this.#changes = db.prepare("SELECT * FROM changes WHERE revision > ? ORDER BY revision LIMIT ?");
    this.#features = db.prepare("SELECT * FROM features ORDER BY position");
    this.#organisation = db.prepare("SELECT * FROM overrides WHERE org_id = ?");
    // There is a WAL index once something was read.
    this.#revision.get();
    this.#sign = createCommitSign(db);
  }

  readCatalogue(): CatalogueSnapshot {
    return this.#atOneMoment(() => ({
      revision: this.#revision.get() ?? 0,
      features: this.#features.all().map(featureFromRow),
    }));
  }

  readChanges(since: number, limit: number): readonly Change[] {
    // Looked at before the rows: a commit between the two is read twice rather than never.
    if (!this.#sign.hasMoved() && since >= this.#seenRevision) {
      return noChanges;
    }
    const changes = this.#changes.all(since, limit).map(changeFromRow);
    if (changes.length < limit) {
      this.#sign.keep();
      this.#seenRevision = changes.at(-1)?.revision ?? since;
    }
    return changes;
  }

  readOrganisation(orgId: string, since: number, limit: number): OrganisationSnapshot {
    return this.#atOneMoment(() => ({
      revision: this.#revision.get() ?? 0,
      overrides: new Map(this.#organisation.all(orgId).map((row) => [row.feature_key, row.enabled === 1])),
      changes: this.#changes.all(since, limit).map(changeFromRow),
    }));
  }

  listOverrides(query: OverrideQuery): OverridePage {
    const { where, values } = filters(query);
    const page = this.#db.prepare<unknown[], OverrideRow>(
      `SELECT * FROM overrides ${where} ORDER BY org_id, feature_key LIMIT ? OFFSET ?`,
    );
    // One organisation has few overrides; of all there are, the counts are kept.
    const count =
      query.orgId === undefined ? "coalesce(sum(count), 0) FROM override_counts" : "count(*) FROM overrides";
    const total = this.#db.prepare<unknown[], number>(`SELECT ${count} ${where}`).pluck();
    return this.#atOneMoment(() => ({
      overrides: page.all(...values, query.limit, query.offset).map(overrideFromRow),
      total: total.get(...values) ?? 0,
    }));
  }

  close(): void {
    this.#db.close();
  }

  #atOneMoment<T>(read: () => T): T {
    return this.#db.transaction(read).deferred();
  }
}

function filters(query: OverrideQuery): { where: string; values: unknown[] } {
  const given = [
    ["org_id = ?", query.orgId],
    ["feature_key = ?", query.featureKey],
    ["enabled = ?", query.enabled === undefined ? undefined : Number(query.enabled)],
  ].filter(([, value]) => value !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([condition]) => condition).join(" AND ")}`;
  return { where, values: given.map(([, value]) => value) };
}
