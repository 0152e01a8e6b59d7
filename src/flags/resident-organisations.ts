import type { ResidentOrganisation } from "./resident-organisation.ts";

/**
 * The organisations in memory, up to a bound. Past it one goes that nobody asked for since the last time around (the
 * "clock" approximation of least recently used): a use costs setting a bit, not moving an entry.
 */
export class ResidentOrganisations {
  // A Map iterates in the order of insertion: its first entry is where the hand of the clock stands.
  readonly #byId = new Map<string, ResidentOrganisation>();
  readonly #bound: number;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** The organisation, which thereby was asked for. */
  use(orgId: string): ResidentOrganisation | undefined {
    const organisation = this.#byId.get(orgId);
    if (organisation !== undefined) {
      organisation.used = true;
    }
    return organisation;
  }

  /** The organisation, without counting as being asked for. */
  peek(orgId: string): ResidentOrganisation | undefined {
    return this.#byId.get(orgId);
  }

  /** Adds or replaces an organisation. */
  put(orgId: string, organisation: ResidentOrganisation): void {
    if (!this.#byId.has(orgId)) {
      this.#makeRoom();
    }
    this.#byId.set(detached(orgId), organisation);
  }

  /** Forgets all. */
  clear(): void {
    this.#byId.clear();
  }

  #makeRoom(): void {
    for (const [orgId, organisation] of this.#byId) {
      if (this.#byId.size < this.#bound) {
        return;
      }
      this.#byId.delete(orgId);
      if (organisation.used) {
        // Once more around; the iteration comes to it again at the end.
        organisation.used = false;
        this.#byId.set(orgId, organisation);
      }
    }
  }
}

/** The same text in memory of its own: an id that was cut from a request's target keeps all of the target. */
function detached(orgId: string): string {
  return Buffer.from(orgId, "latin1").toString("latin1");
}
