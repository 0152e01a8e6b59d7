import { featureKey, organisationId, type Seed } from "../seed.ts";

/** What a server that is nobody's product would do: look the answer up in maps. Holds what a seeded database holds. */
export class FlagMaps {
  readonly #defaults = new Map<string, boolean>();
  readonly #overrides = new Map<string, ReadonlyMap<string, boolean>>();

  constructor({ features, organisations, overridesEach }: Seed) {
    for (let number = 0; number < features; number++) {
      this.#defaults.set(featureKey(number), false);
    }
    const keys = Array.from({ length: overridesEach }, (_, number) => featureKey(number));
    for (let number = 0; number < organisations; number++) {
      this.#overrides.set(organisationId(number), new Map(keys.map((key) => [key, true])));
    }
  }

  /** Whether the organisation has the feature; undefined where there is no such feature. */
  check(orgId: string, key: string): boolean | undefined {
    return this.#overrides.get(orgId)?.get(key) ?? this.#defaults.get(key);
  }
}
