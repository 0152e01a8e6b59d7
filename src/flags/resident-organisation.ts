import { type Arena, none } from "./memory/arena.ts";
import { id, idLengthOf, refreshedAtOf, revisionOf } from "./memory/organisation-block.ts";
import { wordsOfId } from "./memory/packed-id.ts";
import { codedIndex, codedSetting } from "./override-code.ts";

/**
 * A look at an organisation in memory: overrides only, never a default. It is good until another one is asked for, or
 * any is added or changed: a look makes no object. What is to last longer has to be copied.
 */
export class ResidentOrganisation {
  readonly #arena: Arena;
  #block = none;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Looks at the organisation of that block instead. */
  at(block: number): this {
    this.#block = block;
    return this;
  }

  /** The setting of a feature, if there is one. */
  get(index: number): boolean | undefined {
    const arena = this.#arena;
    const block = this.#block;
    const end = arena.lengthOf(block);
    for (let word = this.#firstOverride(); word < end; word++) {
      const code = arena.get(block, word);
      if (codedIndex(code) === index) {
        return codedSetting(code);
      }
    }
    return undefined;
  }

  /** A copy of its overrides, as `overrideCode` makes them. */
  overrides(): number[] {
    const found: number[] = [];
    const end = this.#arena.lengthOf(this.#block);
    for (let word = this.#firstOverride(); word < end; word++) {
      found.push(this.#arena.get(this.#block, word));
    }
    return found;
  }

  /** The revision of the last change that it has taken in, or as of which it was read. */
  get revision(): number {
    return revisionOf(this.#arena, this.#block);
  }

  /** When this process last read it from the store, in milliseconds since 1970, UTC. */
  get refreshedAt(): number {
    return refreshedAtOf(this.#arena, this.#block);
  }

  #firstOverride(): number {
    return id + wordsOfId(idLengthOf(this.#arena, this.#block));
  }
}
