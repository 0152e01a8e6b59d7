import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Change, OverrideChange } from "../domain/change.ts";
import type { CatalogueSnapshot, Store } from "../storage/store.ts";
import { Catalogue } from "./catalogue.ts";
import { ChangeFeed } from "./change-feed.ts";
import { DueTimes } from "./due-times.ts";
import { overrideCode } from "./override-code.ts";
import type { ResidentOrganisation } from "./resident-organisation.ts";
import { ResidentOrganisations } from "./resident-organisations.ts";

/** How the map is kept. */
export interface FlagMapOptions {
  /** How many organisations stay in memory, at least 1. */
  readonly maxResidentOrganisations: number;
  /** The time, in milliseconds since 1970, UTC. */
  readonly clock: () => number;
}

// When more than this was committed since the last look, reading everything anew is cheaper.
const maxChangesToFollow = 10_000;

/**
 * The memory map over a store. The log of the store is the one way in which it learns of commits, its own process's
 * and other processes' alike; what it holds is always the state at one revision. What begins or ends by itself is
 * committed before the first read at or after that moment goes on; a read of one organisation waits for its own alone.
 */
export class FlagMap {
  /** Tells of the changes that the map has taken in. */
  readonly feed: ChangeFeed;
  readonly #store: Store;
  readonly #due: DueTimes;
  readonly #clock: () => number;
  readonly #organisations: ResidentOrganisations;
  #catalogue: Catalogue;
  #revision: number;

  private constructor(store: Store, options: FlagMapOptions, snapshot: CatalogueSnapshot) {
    this.#store = store;
    this.#clock = options.clock;
    this.#organisations = new ResidentOrganisations(options.maxResidentOrganisations);
    this.#catalogue = new Catalogue(snapshot.features, snapshot.lastChange);
    this.#revision = snapshot.revision;
    this.feed = new ChangeFeed(snapshot.revision, () => this.followCommits());
    this.#due = new DueTimes({
      clock: options.clock,
      apply: (orgId) => this.#applyDue(orgId),
    });
    this.#due.note(snapshot.nextDue);
  }

  /** Reads the catalogue and no organisation. */
  static async open(store: Store, options: FlagMapOptions): Promise<FlagMap> {
    return new FlagMap(store, options, await store.readCatalogue());
  }

  /** Stops the timers, and ends with `UNAVAILABLE` whoever waits for changes. */
  close(): void {
    this.#due.close();
    this.feed.close();
  }

  /** The last revision that the map has taken in. */
  get revision(): number {
    return this.#revision;
  }

  /** How many organisations are in memory. */
  get residentOrganisations(): number {
    return this.#organisations.size;
  }

  /** How many reads of organisations memory answered, and for how many the store was asked. */
  get reads(): { readonly hits: number; readonly misses: number } {
    return this.#organisations.reads;
  }

  /** The catalogue as of the revision that the map has taken in. */
  get catalogue(): Catalogue {
    return this.#catalogue;
  }

  /**
   * An organisation as of now, to be used at once, and with it the catalogue: everything that was committed before this call is in both.
   * Undefined where that takes reading the organisation, or waiting; then `read` does it.
   */
  resident(orgId: string): ResidentOrganisation | undefined {
    return this.followOrganisation(orgId) === undefined ? this.#organisations.use(orgId) : undefined;
  }

  /** Hands out an organisation, to be used at once, and the catalogue, both as of now and of the same revision. */
  read<R>(orgId: string, use: (organisation: ResidentOrganisation, catalogue: Catalogue) => R): Awaitable<R> {
    return whenReady(this.followOrganisation(orgId), () => {
      const organisation = this.#organisations.use(orgId);
      return organisation === undefined ? this.refresh(orgId, use) : use(organisation, this.#catalogue);
    });
  }

  /** As `read`, but reads the organisation from the store, whatever the memory holds. */
  refresh<R>(orgId: string, use: (organisation: ResidentOrganisation, catalogue: Catalogue) => R): Awaitable<R> {
    return whenReady(this.#store.readOrganisation(orgId, this.#revision, maxChangesToFollow), (snapshot) => {
      return whenReady(this.#takeAndSettleOrganisation(orgId, snapshot.changes), () => {
        if (snapshot.revision < this.#revision) {
          // The map went on while a store answered from elsewhere: its answer is out of date.
          return this.refresh(orgId, use);
        }
        const overrides = Array.from(snapshot.overrides, ([key, enabled]) => overrideCode(this.#indexOf(key), enabled));
        const readAt = { time: this.#clock(), revision: snapshot.lastChange };
        return use(this.#organisations.put(orgId, overrides, readAt), this.#catalogue);
      });
    });
  }

  /** Takes in everything that was committed, and all that is due, before this call; `undefined` where that is done. */
  follow(): Promise<void> | undefined {
    const taken = this.#takeNews();
    return taken === undefined ? this.#settle() : taken.then(() => this.#settle());
  }

  /** As `follow`, but of what is due that of an organisation alone. */
  followOrganisation(orgId: string): Promise<void> | undefined {
    const taken = this.#takeNews();
    return taken === undefined ? this.#settleOrganisation(orgId) : taken.then(() => this.#settleOrganisation(orgId));
  }

  /** As `follow`, but waits for nothing that is due. */
  followCommits(): Promise<void> | undefined {
    const taken = this.#takeNews();
    this.#due.settle();
    return taken;
  }

  // Only now: what was just taken in may be due already. What that changes comes by the log, as everything does.
  #settle(): Promise<void> | undefined {
    return this.#due.settle()?.then(() => this.follow());
  }

  #settleOrganisation(orgId: string): Promise<void> | undefined {
    if (!this.#due.isDue) {
      return undefined;
    }
    const settled = this.#settleOwn(orgId);
    // All the rest goes on meanwhile, after what somebody waits for.
    this.#due.settle();
    return settled;
  }

  #settleOwn(orgId: string): Promise<void> | undefined {
    const revision = this.#revision;
    const isDue = this.#store.readDue(orgId, this.#clock());
    if (isDue instanceof Promise) {
      return isDue.then((arrived) => this.#finishOwn(orgId, arrived, revision));
    }
    return this.#finishOwn(orgId, isDue, revision);
  }

  #finishOwn(orgId: string, isDue: boolean, revision: number): Promise<void> | undefined {
    if (isDue) {
      return this.#applyOwn(orgId);
    }
    // What ended between the look at the log and that at what is due is in the log alone.
    const taken = this.#takeNews();
    const next = () => (this.#revision === revision ? undefined : this.#settleOrganisation(orgId));
    return taken === undefined ? next() : taken.then(next);
  }

  async #applyOwn(orgId: string): Promise<void> {
    if (await this.#due.settleOrganisation(orgId)) {
      // A clock that goes on may have made more of it due.
      await this.followOrganisation(orgId);
    }
  }

  async #applyDue(orgId: string | undefined): Promise<number | undefined> {
    const next = await this.#store.applyDue(orgId);
    await this.#takeNews();
    return next;
  }

  #takeNews(): Promise<void> | undefined {
    const changes = this.#store.readChanges(this.#revision, maxChangesToFollow);
    if (changes instanceof Promise) {
      return changes.then((arrived) => this.#take(arrived));
    }
    return changes.length === 0 ? undefined : this.#take(changes);
  }

  #takeAndSettleOrganisation(orgId: string, changes: readonly Change[]): Promise<void> | undefined {
    const taken = this.#take(changes);
    return taken === undefined ? this.#settleOrganisation(orgId) : taken.then(() => this.#settleOrganisation(orgId));
  }

  #take(changes: readonly Change[]): Promise<void> | undefined {
    const news = changes.filter(({ revision }) => revision > this.#revision);
    const [first] = news;
    // Revisions have no gaps: where there is one, what was between them is no longer kept.
    const isGap = first !== undefined && first.revision > this.#revision + 1;
    if (isGap || changes.length >= maxChangesToFollow) {
      return this.#startAnew();
    }
    for (const change of news) {
      this.#apply(change);
      this.#revision = change.revision;
    }
    this.feed.append(news);
    return undefined;
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case "feature":
        this.#catalogue.apply(change);
        break;
      case "override":
        this.#setOverride(change);
        break;
      default:
        change satisfies never;
    }
  }

  #setOverride({ orgId, featureKey, after, revision }: OverrideChange): void {
    this.#due.note(after?.setting?.expiresAt);
    this.#due.note(after?.scheduled?.startsAt);
    if (this.#organisations.has(orgId)) {
      this.#organisations.set(orgId, this.#indexOf(featureKey), after?.setting?.enabled, revision);
    }
  }

  #indexOf(featureKey: string): number {
    const index = this.#catalogue.indexOf(featureKey);
    if (index === undefined) {
      throw new Error(`the store has an override of "${featureKey}", which is not in its catalogue`);
    }
    return index;
  }

  #startAnew(): Promise<void> | undefined {
    const snapshot = this.#store.readCatalogue();
    return snapshot instanceof Promise ? snapshot.then((arrived) => this.#replace(arrived)) : this.#replace(snapshot);
  }

  #replace(snapshot: CatalogueSnapshot): Promise<void> | undefined {
    if (snapshot.revision < this.#revision) {
      return this.#startAnew();
    }
    this.#catalogue = new Catalogue(snapshot.features, snapshot.lastChange);
    this.#organisations.clear();
    this.#revision = snapshot.revision;
    this.#due.note(snapshot.nextDue);
    this.feed.skipTo(snapshot.revision);
    return undefined;
  }
}
