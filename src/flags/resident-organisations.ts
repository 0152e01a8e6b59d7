import { Arena, none } from "./memory/arena.ts";
import { IdIndex } from "./memory/id-index.ts";
import { createBlock, isUsed, type OrganisationContent, place, setUsed } from "./memory/organisation-block.ts";
import { PackedId } from "./memory/packed-id.ts";
import { Words } from "./memory/words.ts";
import { codedIndex, overrideCode } from "./override-code.ts";
import { ResidentOrganisation } from "./resident-organisation.ts";

// One that was used is passed over so many times at the most: what room costs is bounded, too.
const maxLooks = 1000;

/**
 * The organisations in memory, up to a bound. Past it one goes that was not used since the hand of the clock last came
 * by (the "clock" approximation of least recently used): a use costs setting a bit, not moving an entry.
 */
export class ResidentOrganisations {
  readonly #arena: Arena;
  readonly #index: IdIndex;
  /** The face of the clock: every organisation has its place on it, and there its block. */
  readonly #places = new Words();
  readonly #bound: number;
  #hand = 0;
  #hits = 0;
  #misses = 0;
  /** The id that was last looked up. */
  readonly #id = new PackedId();
  readonly #look: ResidentOrganisation;

  constructor(bound: number, arena = new Arena()) {
    this.#bound = bound;
    this.#arena = arena;
    this.#index = new IdIndex(arena);
    this.#look = new ResidentOrganisation(arena);
  }

  /** How many there are. */
  get size(): number {
    return this.#places.length;
  }

  /** How many looks found their organisation here, and how many organisations had to be brought. */
  get reads(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** Whether the organisation is here. It does not count as used. */
  has(orgId: string): boolean {
    return this.#find(orgId) !== none;
  }

  /** The organisation, which thereby was used. */
  use(orgId: string): ResidentOrganisation | undefined {
    const block = this.#find(orgId);
    if (block === none) {
      return undefined;
    }
    setUsed(this.#arena, block, true);
    this.#hits += 1;
    return this.#look.at(block);
  }

  /**
   * Adds or replaces an organisation, with overrides as `overrideCode` makes them, one for each feature. Throws
   * RangeError of an id that no organisation can have.
   */
  put(
    orgId: string,
    overrides: readonly number[],
    readAt: { readonly time: number; readonly revision: number },
  ): ResidentOrganisation {
    if (!this.#id.pack(orgId)) {
      throw new RangeError(`not the id of an organisation: ${JSON.stringify(orgId)}`);
    }
    this.#misses += 1;
    const old = this.#index.find(this.#id);
    return this.#write(old, {
      place: old === none ? this.#freePlace() : this.#arena.get(old, place),
      used: false,
      revision: readAt.revision,
      refreshedAt: readAt.time,
      overrides,
    });
  }

  /** Sets an override, or with `undefined` removes it, by a change of that revision; of none that is not here. */
  set(orgId: string, index: number, enabled: boolean | undefined, revision: number): void {
    const block = this.#find(orgId);
    if (block !== none) {
      const { refreshedAt } = this.#look.at(block);
      const overrides = this.#look.overrides().filter((code) => codedIndex(code) !== index);
      if (enabled !== undefined) {
        overrides.push(overrideCode(index, enabled));
      }
      const used = isUsed(this.#arena, block);
      this.#write(block, { place: this.#arena.get(block, place), used, revision, refreshedAt, overrides });
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#index.clear();
    this.#arena.clear();
    this.#places.clear();
    this.#hand = 0;
  }

  #find(orgId: string): number {
    return this.#id.pack(orgId) ? this.#index.find(this.#id) : none;
  }

  /** Writes what is held of the organisation that was last looked up, in the stead of the block that it has, if any. */
  #write(old: number, content: OrganisationContent): ResidentOrganisation {
    const block = createBlock(this.#arena, this.#id, content);
    if (old === none) {
      this.#index.add(block);
    } else {
      this.#index.replace(old, block);
      this.#arena.release(old);
    }
    this.#places.set(content.place, block);
    this.#arena.tidy((from, to) => {
      this.#index.replace(from, to);
      this.#places.set(this.#arena.get(to, place), to);
    });
    return this.#look.at(this.#places.at(content.place));
  }

  #freePlace(): number {
    if (this.size < this.#bound) {
      return this.size;
    }
    for (let look = 0; look < maxLooks && isUsed(this.#arena, this.#places.at(this.#hand)); look++) {
      setUsed(this.#arena, this.#places.at(this.#hand), false);
      this.#advance();
    }
    const free = this.#hand;
    this.#index.remove(this.#places.at(free));
    this.#arena.release(this.#places.at(free));
    this.#advance();
    return free;
  }

  #advance(): void {
    this.#hand = (this.#hand + 1) % this.#bound;
  }
}
