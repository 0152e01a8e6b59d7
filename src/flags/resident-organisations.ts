import type { ResidentOrganisation } from "./resident-organisation.ts";

// One that was used is passed over so many times at the most: what room costs is bounded, too.
const maxLooks = 1000;

/**
 * The organisations in memory, up to a bound. Past it one goes that was not used since the hand of the clock last came
 * by (the "clock" approximation of least recently used): a use costs setting a bit, not moving an entry.
 */
export class ResidentOrganisations {
  readonly #byId = new Map<string, ResidentOrganisation>();
  /** The face of the clock: every organisation has its place on it. */
  readonly #places: ResidentOrganisation[] = [];
  readonly #bound: number;
  #hand = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** How many there are. */
  get size(): number {
    return this.#places.length;
  }

  /** The organisation, which thereby was used. */
  use(orgId: string): ResidentOrganisation | undefined {
    const organisation = this.#byId.get(orgId);
    if (organisation !== undefined) {
      organisation.used = true;
    }
    return organisation;
  }

  /** The organisation, without counting as used. */
  peek(orgId: string): ResidentOrganisation | undefined {
    return this.#byId.get(orgId);
  }

  /** Adds or replaces an organisation. */
  put(organisation: ResidentOrganisation): void {
    const place = this.#byId.get(organisation.orgId)?.place ?? this.#freePlace();
    organisation.place = place;
    this.#places[place] = organisation;
    this.#byId.set(organisation.orgId, organisation);
  }

  /** Forgets all. */
  clear(): void {
    this.#byId.clear();
    this.#places.length = 0;
    this.#hand = 0;
  }

  #freePlace(): number {
    if (this.#places.length < this.#bound) {
      return this.#places.length;
    }
    for (let look = 0; look < maxLooks && this.#places[this.#hand]?.used; look++) {
      this.#setUnused(this.#hand);
      this.#advance();
    }
    const place = this.#hand;
    this.#byId.delete(this.#places[place]?.orgId ?? "");
    this.#advance();
    return place;
  }

  #setUnused(place: number): void {
    const organisation = this.#places[place];
    if (organisation !== undefined) {
      organisation.used = false;
    }
  }

  #advance(): void {
    this.#hand = (this.#hand + 1) % this.#bound;
  }
}
