import Database from "better-sqlite3";
import type { Scope } from "../../domain/access.ts";
import type { Call } from "../../domain/call.ts";
import type { Change, ChangeFilter, ChangeQuery, HistoryBounds, HistoryRetention } from "../../domain/change.ts";
import type {
  CatalogueMode,
  Feature,
  FeatureOrg,
  FeatureOrgQuery,
  FeaturePatch,
  UpdateImpact,
} from "../../domain/feature.ts";
import type {
  NewSetting,
  OverrideCounts,
  OverrideOutcome,
  OverridePage,
  OverrideQuery,
  OverrideUpdate,
} from "../../domain/override.ts";
import type { StoredToken, TokenUse } from "../../domain/token.ts";
import type {
  CatalogueSnapshot,
  DeletedOverrides,
  FilteredSnapshot,
  FlagOrigin,
  NewFeature,
  OrganisationPast,
  OrganisationSnapshot,
  Store,
  Writes,
} from "../store.ts";
import { openError, prepareFile } from "./connection.ts";
import { isDamage, readFault } from "./read-fault.ts";
import { SqliteReader } from "./reader.ts";
import { type Commit, WriteQueue } from "./write-queue.ts";
import type { WriteRequest } from "./writer.ts";

/** How a store is opened. */
export interface SqliteStoreOptions {
  /** Path of the database file; it and its folder are created where they are missing. */
  readonly file: string;
  readonly catalogue: CatalogueMode;
  /** The time, in milliseconds since 1970, UTC. */
  readonly clock: () => number;
  /** How many writes may wait for the disk; one more is refused with `RESOURCE_EXHAUSTED`. Default 10,000. */
  readonly maxWaitingWrites?: number;
  /** Told of each commit. */
  readonly onCommit?: (commit: Commit) => void;
  /** Told of each write that begins, and of what it is going to come to. */
  readonly onWrite?: ((method: string, written: Promise<unknown>) => void) | undefined;
  /** Told each statement that a read runs. */
  readonly trace?: (sql: string) => void;
}

/** How many writes may wait where nothing else is said. */
export const defaultMaxWaitingWrites = 10_000;

type OpenOptions = SqliteStoreOptions & Required<Pick<SqliteStoreOptions, "maxWaitingWrites" | "onCommit">>;

/** A store in one SQLite file: reads on this thread from the page cache, writes on a thread of their own. */
export class SqliteStore implements Store {
  readonly #reader: SqliteReader;
  readonly #writes: WriteQueue;
  readonly #clock: () => number;
  readonly #onWrite: SqliteStoreOptions["onWrite"];
  #isDamaged = false;

  private constructor(reader: SqliteReader, writes: WriteQueue, { clock, onWrite }: OpenOptions) {
    this.#reader = reader;
    this.#writes = writes;
    this.#clock = clock;
    this.#onWrite = onWrite;
  }

  /** Opens a database; rejects with StoreOpenError where it can't be used. */
  static async open(options: SqliteStoreOptions): Promise<SqliteStore> {
    const { file, clock, trace } = options;
    const { maxWaitingWrites = defaultMaxWaitingWrites, onCommit = () => {} } = options;
    prepareFile(file, clock());
    try {
      return await SqliteStore.#open(new SqliteReader(file, trace), { ...options, maxWaitingWrites, onCommit });
    } catch (error) {
      throw openError(file, error);
    }
  }

  static async #open(reader: SqliteReader, options: OpenOptions): Promise<SqliteStore> {
    const { file, catalogue, maxWaitingWrites, onCommit } = options;
    try {
      // What every start reads is read now, so that a damaged file is found out here.
      reader.readCatalogue();
      const writes = await WriteQueue.start({ file, catalogue }, maxWaitingWrites, onCommit);
      return new SqliteStore(reader, writes, options);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** How many writes wait for the disk. */
  get waitingWrites(): number {
    return this.#writes.length;
  }

  /** Whether writes can be taken at all: false once the thread that writes has ended. */
  get isWritable(): boolean {
    return this.#writes.isAlive;
  }

  /** Whether all is well: false once writes can't be taken, or a read or a write has met with damage to the file. */
  get isSound(): boolean {
    return this.isWritable && !this.#isDamaged && !this.#writes.hasMetDamage;
  }

  readCatalogue(): CatalogueSnapshot {
    return this.#read(() => this.#reader.readCatalogue());
  }

  readChanges(since: number, limit: number): readonly Change[] {
    // Without a closure: every read of a flag comes by here.
    try {
      return this.#reader.readChanges(since, limit);
    } catch (error) {
      throw this.#note(error);
    }
  }

  lookOnce(read: () => void): void {
    this.#reader.lookOnce(read);
  }

  readOrganisation(orgId: string, since: number, limit: number): OrganisationSnapshot {
    return this.#read(() => this.#reader.readOrganisation(orgId, since, limit));
  }

  readDue(orgId: string, time: number): boolean {
    return this.#read(() => this.#reader.readDue(orgId, time));
  }

  listOverrides(query: OverrideQuery): OverridePage {
    return this.#read(() => this.#reader.listOverrides(query));
  }

  readHistoryBounds(): HistoryBounds {
    return this.#read(() => this.#reader.history.readHistoryBounds());
  }

  listChanges(query: ChangeQuery): readonly Change[] {
    return this.#read(() => this.#reader.history.listChanges(query));
  }

  readFilteredChanges(since: number, filter: ChangeFilter, limit: number): readonly Change[] {
    return this.#read(() => this.#reader.history.readFilteredChanges(since, filter, limit));
  }

  readChange(revision: number): Change | undefined {
    return this.#read(() => this.#reader.history.readChange(revision));
  }

  readRevisionAt(time: number): number {
    return this.#read(() => this.#reader.history.readRevisionAt(time));
  }

  readOrganisationPast(orgId: string, since: number): OrganisationPast {
    return this.#read(() => this.#reader.history.readOrganisationPast(orgId, since));
  }

  readOrigin(orgId: string, featureKey: string): FlagOrigin {
    return this.#read(() => this.#reader.history.readOrigin(orgId, featureKey));
  }

  readSnapshot(filter: ChangeFilter, limit: number): FilteredSnapshot {
    return this.#read(() => this.#reader.readSnapshot(filter, limit));
  }

  listFeatureOrgs(query: FeatureOrgQuery): readonly FeatureOrg[] {
    return this.#read(() => this.#reader.audience.listFeatureOrgs(query));
  }

  readOverrideCounts(scope?: Scope): ReadonlyMap<string, OverrideCounts> {
    return this.#read(() => this.#reader.audience.readOverrideCounts(scope));
  }

  readUpdateImpact(featureKey: string, patch: FeaturePatch, scope?: Scope): UpdateImpact | undefined {
    return this.#read(() => this.#reader.audience.readUpdateImpact(featureKey, patch, scope));
  }

  tokenVersion(): number {
    return this.#read(() => this.#reader.tokens.version());
  }

  seenTokenVersion(): number {
    return this.#read(() => this.#reader.tokens.seenVersion());
  }

  readToken(id: string): StoredToken | undefined {
    return this.#read(() => this.#reader.tokens.token(id));
  }

  readTicketKey(): Uint8Array {
    return this.#read(() => this.#reader.tokens.ticketKey());
  }

  readCertificate(name: string): StoredToken | undefined {
    return this.#read(() => this.#reader.tokens.certificate(name));
  }

  createOverride(orgId: string, featureKey: string, setting: NewSetting, call: Call): Promise<OverrideOutcome> {
    return this.#write("createOverride", [orgId, featureKey, setting, call]);
  }

  updateOverrides(updates: readonly OverrideUpdate[], call: Call): Promise<readonly OverrideOutcome[]> {
    return this.#write("updateOverrides", [updates, call]);
  }

  deleteOverrides(orgId: string, call: Call): Promise<DeletedOverrides> {
    return this.#write("deleteOverrides", [orgId, call]);
  }

  createFeature(feature: NewFeature, call: Call): Promise<Feature> {
    return this.#write("createFeature", [feature, call]);
  }

  updateFeature(featureKey: string, patch: FeaturePatch, call: Call): Promise<Feature> {
    return this.#write("updateFeature", [featureKey, patch, call]);
  }

  deleteFeature(featureKey: string, force: boolean, call: Call): Promise<DeletedOverrides> {
    return this.#write("deleteFeature", [featureKey, force, call]);
  }

  revertChange(revision: number, force: boolean, call: Call): Promise<Change> {
    return this.#write("revertChange", [revision, force, call]);
  }

  applyDue(orgId?: string): Promise<number | undefined> {
    return this.#write("applyDue", [orgId]);
  }

  pruneHistory(retention: HistoryRetention): Promise<boolean> {
    return this.#write("pruneHistory", [retention]);
  }

  noteTokenUses(uses: readonly TokenUse[]): Promise<void> {
    return this.#write("noteTokenUses", [uses]);
  }

  async close(): Promise<void> {
    await this.#writes.close();
    this.#reader.close();
  }

  #read<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      throw this.#note(error);
    }
  }

  /** Takes note of damage, and answers the error to be thrown. */
  #note(error: unknown): unknown {
    this.#isDamaged ||= error instanceof Database.SqliteError && isDamage(error.code);
    return readFault(error);
  }

  #write<M extends keyof Writes>(method: M, args: Parameters<Writes[M]>): ReturnType<Writes[M]> {
    // Method and arguments belong together by this function's type, and the thread answers with that method's value.
    const request = { method, args, time: this.#clock() } as WriteRequest;
    const written = this.#writes.add(request) as ReturnType<Writes[M]>;
    this.#onWrite?.(method, written);
    return written;
  }
}
