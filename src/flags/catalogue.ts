import type { FeatureChange } from "../domain/change.ts";
import { isEnabled } from "../domain/evaluation.ts";
import type { Feature } from "../domain/feature.ts";

/** A feature and the small number that stands for it in memory. */
interface Entry {
  feature: Feature;
  readonly index: number;
}

/** The features there are, in the order in which they were added, kept true by the log. */
export class Catalogue {
  readonly #entries = new Map<string, Entry>();
  readonly #byIndex: (Entry | undefined)[] = [];
  readonly #freeIndexes: number[] = [];

  #lastChange: number;
  #defaults: Readonly<Record<string, boolean>> | undefined;

  /** Takes the features, and the revision of the last change of any. */
  constructor(features: readonly Feature[], lastChange: number) {
    this.#lastChange = lastChange;
    for (const feature of features) {
      this.#add(feature);
    }
  }

  /** The revision of the last change of any feature, removed ones too. */
  get lastChange(): number {
    return this.#lastChange;
  }

  /** The feature of that key, archived or not. */
  get(featureKey: string): Feature | undefined {
    return this.#entries.get(featureKey)?.feature;
  }

  /** Feature key to default, in the order in which features were added, archived ones left out. */
  get defaults(): Readonly<Record<string, boolean>> {
    this.#defaults ??= this.#readDefaults();
    return this.#defaults;
  }

  /** All features, archived ones too. */
  *all(): Iterable<Feature> {
    for (const { feature } of this.#entries.values()) {
      yield feature;
    }
  }

  /**
   * The number of a feature. It passes to another feature when this one is removed; no override of it is left then,
   * since their removal stands in the log before.
   */
  indexOf(featureKey: string): number | undefined {
    return this.#entries.get(featureKey)?.index;
  }

  /** The feature of that number. */
  at(index: number): Feature | undefined {
    return this.#byIndex[index]?.feature;
  }

  /** Takes in a change of the log. */
  apply({ featureKey, after, time, revision }: FeatureChange): void {
    this.#lastChange = revision;
    this.#defaults = undefined;
    const entry = this.#entries.get(featureKey);
    if (after === undefined) {
      this.#remove(featureKey, entry);
    } else if (entry === undefined) {
      this.#add({ featureKey, ...after, createdAt: time, updatedAt: time, revision });
    } else {
      entry.feature = { featureKey, ...after, createdAt: entry.feature.createdAt, updatedAt: time, revision };
    }
  }

  #readDefaults(): Readonly<Record<string, boolean>> {
    const inEffect = [...this.all()].filter(({ archived }) => !archived);
    const defaults = Object.fromEntries(inEffect.map((feature) => [feature.featureKey, isEnabled(feature, undefined)]));
    // V8 makes a hash table of an object that grows by many keys, but not of one that it parses: to copy this one is
    // far cheaper.
    return JSON.parse(JSON.stringify(defaults));
  }

  #add(feature: Feature): void {
    const index = this.#freeIndexes.pop() ?? this.#byIndex.length;
    const entry = { feature, index };
    this.#byIndex[index] = entry;
    this.#entries.set(feature.featureKey, entry);
  }

  #remove(featureKey: string, entry: Entry | undefined): void {
    if (entry !== undefined) {
      this.#entries.delete(featureKey);
      this.#byIndex[entry.index] = undefined;
      this.#freeIndexes.push(entry.index);
    }
  }
}
