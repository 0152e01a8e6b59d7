import { onTestFinished } from "vitest";
import type { Call } from "../../src/domain/call.ts";
import type { Change } from "../../src/domain/change.ts";
import type { CatalogueMode } from "../../src/domain/feature.ts";
import type { NewSetting, OverrideUpdate } from "../../src/domain/override.ts";
import type { Store } from "../../src/storage/store.ts";

/** How the suites open a store: on the same `place`, stores share what they keep. */
export interface StoreUnderTest {
  /** Makes a place where nothing is stored yet, gone when the test is over. */
  place(): string;
  open(place: string, options: { catalogue: CatalogueMode; clock: () => number }): Promise<Store>;
  /** What the engine's own verification finds to be wrong with a place. */
  findings(place: string): readonly string[];
}

/** Who writes in the suites. */
export const call: Call = { actor: "ada", reason: "a test" };

/** Settings that hold from now on for ever. */
export const on: NewSetting = { enabled: true, expiresAt: undefined, startsAt: undefined };
export const off: NewSetting = { ...on, enabled: false };

/** More changes than any test makes. */
export const allChanges = 100_000;

/** An update outside a batch. */
export function update(orgId: string, featureKey: string, setting: NewSetting | undefined): OverrideUpdate {
  return { orgId, featureKey, setting, at: "" };
}

/** Stores of one place, closed when the test is over, with one clock that the test turns. */
export class StoresUnderTest {
  now = 1_700_000_000_000;
  readonly #under: StoreUnderTest;
  readonly #place: string;

  constructor(under: StoreUnderTest) {
    this.#under = under;
    this.#place = under.place();
  }

  async open(catalogue: CatalogueMode = "open"): Promise<Store> {
    const store = await this.#under.open(this.#place, { catalogue, clock: () => this.now });
    onTestFinished(() => store.close());
    return store;
  }

  /** Where they are. */
  get place(): string {
    return this.#place;
  }

  findings(): readonly string[] {
    return this.#under.findings(this.#place);
  }
}

/** The changes that a piece of work makes. */
export async function changesBy(store: Store, work: () => Promise<unknown>): Promise<readonly Change[]> {
  const { lastRevision } = await store.readHistoryBounds();
  await work();
  return store.readChanges(lastRevision, allChanges);
}
