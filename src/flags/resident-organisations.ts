/** An organisation as it is held in memory. */
export interface ResidentOrganisation {
  /** Feature key to setting: overrides only, never a default. */
  readonly overrides: Map<string, boolean>;
  /** When this process last read it from the store, in milliseconds since 1970, UTC. */
  readonly refreshedAt: number;
}

/** The organisations in memory, up to a bound: past it the one that was asked for longest ago goes. */
export class ResidentOrganisations {
  // A Map iterates in the order of insertion, so the first key is the one to go.
  readonly #byId = new Map<string, ResidentOrganisation>();
  readonly #bound: number;
  #newest: string | undefined;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** The organisation, which thereby is the one asked for last. */
  use(orgId: string): ResidentOrganisation | undefined {
    const organisation = this.#byId.get(orgId);
    if (organisation !== undefined && orgId !== this.#newest) {
      this.#byId.delete(orgId);
      this.#byId.set(orgId, organisation);
      this.#newest = orgId;
    }
    return organisation;
  }

  /** The organisation, without counting as being asked for. */
  peek(orgId: string): ResidentOrganisation | undefined {
    return this.#byId.get(orgId);
  }

  /** Adds or replaces an organisation. */
  put(orgId: string, organisation: ResidentOrganisation): void {
    this.#byId.delete(orgId);
    this.#byId.set(orgId, organisation);
    this.#newest = orgId;
    if (this.#byId.size > this.#bound) {
      const [oldest] = this.#byId.keys();
      this.#byId.delete(oldest ?? orgId);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#byId.clear();
    this.#newest = undefined;
  }
}
