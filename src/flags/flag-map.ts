import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Change } from "../domain/change.ts";
import type { CatalogueSnapshot, Store } from "../storage/store.ts";
import { Catalogue } from "./catalogue.ts";
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
 * and other processes' alike; what it holds is always the state at one revision.
 */
export class FlagMap {
  readonly #store: Store;
  readonly #clock: () => number;
  readonly #organisations: ResidentOrganisations;
  #catalogue: Catalogue;
  #revision: number;

  private constructor(store: Store, options: FlagMapOptions, catalogue: Catalogue, revision: number) {
    this.#store = store;
    this.#clock = options.clock;
    this.#organisations = new ResidentOrganisations(options.maxResidentOrganisations);
    this.#catalogue = catalogue;
    this.#revision = revision;
  }

  /** Reads the catalogue and no organisation. */
  static async open(store: Store, options: FlagMapOptions): Promise<FlagMap> {
    const { features, revision } = await store.readCatalogue();
    return new FlagMap(store, options, new Catalogue(features, revision), revision);
  }

  /** The last revision that the map has taken in. */
  get revision(): number {
    return this.#revision;
  }

  /** How many organisations are in memory. */
  get residentOrganisations(): number {
    return this.#organisations.size;
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
    return this.follow() === undefined ? this.#organisations.use(orgId) : undefined;
  }

  /** Hands out an organisation, to be used at once, and the catalogue, both as of now and of the same revision. */
  read<R>(orgId: string, use: (organisation: ResidentOrganisation, catalogue: Catalogue) => R): Awaitable<R> {
    return whenReady(this.follow(), () => {
      const organisation = this.#organisations.use(orgId);
      return organisation === undefined ? this.refresh(orgId, use) : use(organisation, this.#catalogue);
    });
  }

  /** As `read`, but reads the organisation from the store, whatever the memory holds. */
  refresh<R>(orgId: string, use: (organisation: ResidentOrganisation, catalogue: Catalogue) => R): Awaitable<R> {
    return whenReady(this.#store.readOrganisation(orgId, this.#revision, maxChangesToFollow), (snapshot) => {
      return whenReady(this.#take(snapshot.changes), () => {
        if (snapshot.revision < this.#revision) {
          // The map went on while a store answered from elsewhere: its answer is out of date.
          return this.refresh(orgId, use);
        }
        const overrides = Array.from(snapshot.overrides, ([key, enabled]) => overrideCode(this.#indexOf(key), enabled));
        const readAt = { time: this.#clock(), revision: snapshot.revision };
        return use(this.#organisations.put(orgId, overrides, readAt), this.#catalogue);
      });
    });
  }

  /** Takes in everything that was committed before this call; `undefined` where that is done. */
  follow(): Promise<void> | undefined {
    const changes = this.#store.readChanges(this.#revision, maxChangesToFollow);
    if (changes instanceof Promise) {
      return changes.then((arrived) => this.#take(arrived));
    }
    return changes.length === 0 ? undefined : this.#take(changes);
  }

  #take(changes: readonly Change[]): Promise<void> | undefined {
    if (changes.length >= maxChangesToFollow) {
      return this.#startAnew();
    }
    for (const change of changes) {
      if (change.revision > this.#revision) {
        this.#apply(change);
        this.#revision = change.revision;
      }
    }
    return undefined;
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case "feature":
        this.#catalogue.apply(change);
        break;
      case "override":
        if (this.#organisations.has(change.orgId)) {
          this.#organisations.set(change.orgId, this.#indexOf(change.featureKey), change.after, change.revision);
        }
        break;
      default:
        change satisfies never;
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

  #replace({ features, revision }: CatalogueSnapshot): Promise<void> | undefined {
    if (revision < this.#revision) {
      return this.#startAnew();
    }
    this.#catalogue = new Catalogue(features, revision);
    this.#organisations.clear();
    this.#revision = revision;
    return undefined;
  }
}
