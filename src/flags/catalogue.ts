import type { FeatureChange } from "../domain/change.ts";
import type { Feature } from "../domain/feature.ts";

/** The features there are, in the order in which they were added, kept true by the log. */
export class Catalogue {
  readonly #features: Map<string, Feature>;

  constructor(features: readonly Feature[]) {
    this.#features = new Map(features.map((feature) => [feature.featureKey, feature]));
  }

  /** The feature of that key, archived or not. */
  get(featureKey: string): Feature | undefined {
    return this.#features.get(featureKey);
  }

  /** All features, archived ones too. */
  all(): Iterable<Feature> {
    return this.#features.values();
  }

  /** Takes in a change of the log. */
  apply({ featureKey, after, time }: FeatureChange): void {
    if (after === undefined) {
      this.#features.delete(featureKey);
      return;
    }
    const createdAt = this.#features.get(featureKey)?.createdAt ?? time;
    this.#features.set(featureKey, { featureKey, ...after, createdAt, updatedAt: time });
  }
}
