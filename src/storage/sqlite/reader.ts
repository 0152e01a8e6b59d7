import type Database from "better-sqlite3";
import type { Change, ChangeFilter } from "../../domain/change.ts";
import type { OverridePage, OverrideQuery } from "../../domain/override.ts";
import { reachOf } from "../../domain/reach.ts";
import type { CatalogueSnapshot, FilteredSnapshot, OrganisationSnapshot } from "../store.ts";
import { AudienceReads } from "./audience-reads.ts";
import { CommitLook } from "./commit-look.ts";
import { createCommitSign } from "./commit-sign.ts";
import { connect } from "./connection.ts";
import { HistoryReads } from "./history-reads.ts";
import { selectLastChange } from "./last-change.ts";
import { momentOf } from "./moment.ts";
import { selectIsDue, selectNextDue } from "./next-due.ts";
import { countOverrides, selectOverrides } from "./override-query.ts";
import {
  type ChangeRow,
  changeFromRow,
  type FeatureRow,
  featureFromRow,
  type OverrideRow,
  overrideFromRow,
} from "./rows.ts";
import { TokenReads } from "./token-reads.ts";

const noChanges: readonly Change[] = [];

/** The reads of a store, on a connection of their own that never writes. */
export class SqliteReader {
  /** The reads that look into the log. */
  readonly history: HistoryReads;
  /** The reads that are about who has a feature. */
  readonly audience: AudienceReads;
  /** The reads that are about who may call. */
  readonly tokens: TokenReads;
  readonly #db: Database.Database;
  readonly #atOneMoment: <T>(read: () => T) => T;
  readonly #look: CommitLook;
  readonly #revision: Database.Statement<[], number>;
  readonly #changes: Database.Statement<[number, number], ChangeRow>;
  readonly #features: Database.Statement<[], FeatureRow>;
  readonly #catalogueRevision: Database.Statement<[], number>;
  readonly #nextDue: Database.Statement<[], number | null>;
  readonly #isDue: Database.Statement<{ orgId: string; time: number }, number>;
  readonly #lastChange: Database.Statement<{ orgId: string }, number>;
  readonly #organisation: Database.Statement<[string], OverrideRow>;
  // When the look came to this number, nothing stood in the log after this revision.
  #seenAt = -1;
  #seenRevision = Number.POSITIVE_INFINITY;

  constructor(file: string, trace?: (sql: string) => void) {
    const db = connect(file, trace);
    db.pragma("query_only = ON");
    this.#db = db;
    this.#atOneMoment = momentOf(db);
    this.history = new HistoryReads(db);
    this.audience = new AudienceReads(db);
    // The sequence, not max(revision): it outlives the rows.
    this.#revision = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").pluck();
    // A sum: of a bare parameter SQLite looks at the value, and compiles the query anew for each run.
    this.#changes = db.prepare("SELECT * FROM changes WHERE revision > ? ORDER BY revision LIMIT ? + 0");
    this.#features = db.prepare("SELECT * FROM features ORDER BY position");
    this.#catalogueRevision = db.prepare<[], number>("SELECT catalogue_revision FROM summary").pluck();
    this.#nextDue = db.prepare<[], number | null>(selectNextDue).pluck();
    this.#isDue = db.prepare<{ orgId: string; time: number }, number>(selectIsDue).pluck();
    this.#lastChange = db.prepare<{ orgId: string }, number>(selectLastChange).pluck();
    this.#organisation = db.prepare("SELECT * FROM overrides WHERE org_id = ?");
    // There is a WAL index once something was read.
    this.#revision.get();
    this.#look = new CommitLook(createCommitSign(db));
    this.tokens = new TokenReads(db, this.#look);
  }

  readCatalogue(): CatalogueSnapshot {
    return this.#atOneMoment(() => ({
      revision: this.#revision.get() ?? 0,
      lastChange: this.#catalogueRevision.get() ?? 0,
      features: this.#features.all().map(featureFromRow),
      nextDue: this.#nextDue.get() ?? undefined,
    }));
  }

  readChanges(since: number, limit: number): readonly Change[] {
    // Looked at before the rows: a commit between the two is read twice rather than never.
    const look = this.#look.look();
    if (since >= this.#seenRevision && look === this.#seenAt) {
      return noChanges;
    }
    const changes = this.#changes.all(since, limit).map(changeFromRow);
    if (changes.length < limit) {
      this.#seenAt = look;
      this.#seenRevision = changes.at(-1)?.revision ?? since;
    }
    return changes;
  }

  lookOnce(read: () => void): void {
    this.#look.once(read);
  }

  readOrganisation(orgId: string, since: number, limit: number): OrganisationSnapshot {
    return this.#atOneMoment(() => ({
      revision: this.#revision.get() ?? 0,
      lastChange: this.#lastChange.get({ orgId }) ?? 0,
      overrides: new Map(this.#organisation.all(orgId).map((row) => [row.feature_key, row.enabled === 1])),
      changes: this.#changes.all(since, limit).map(changeFromRow),
    }));
  }

  readDue(orgId: string, time: number): boolean {
    // What is no longer due may have ended after the last look: its change must be found from here on.
    this.#look.again();
    return this.#isDue.get({ orgId, time }) === 1;
  }

  listOverrides(query: OverrideQuery): OverridePage {
    const page = selectOverrides(query);
    const total = countOverrides(query);
    const select = this.#db.prepare<[object], OverrideRow>(`${page.sql} LIMIT :limit OFFSET :offset`);
    const count = this.#db.prepare<[object], number>(total.sql).pluck();
    return this.#atOneMoment(() => ({
      overrides: select.all({ ...page.values, limit: query.limit, offset: query.offset }).map(overrideFromRow),
      total: count.get(total.values) ?? 0,
    }));
  }

  readSnapshot(filter: ChangeFilter, limit: number): FilteredSnapshot {
    const { sql, values } = selectOverrides(filter);
    const overrides = this.#db.prepare<[object], OverrideRow>(`${sql} LIMIT :limit`);
    const { featureKeys } = reachOf(filter);
    return this.#atOneMoment(() => ({
      revision: this.#revision.get() ?? 0,
      features: this.#features
        .all()
        .filter((row) => featureKeys === undefined || featureKeys.includes(row.feature_key))
        .map(featureFromRow),
      overrides: overrides.all({ ...values, limit: limit + 1 }).map(overrideFromRow),
    }));
  }

  close(): void {
    this.#db.close();
  }
}
