import type { Change } from "../domain/change.ts";
import type { Feature, FeatureState } from "../domain/feature.ts";
import type { Override } from "../domain/override.ts";
import type { OrgFrom } from "./evaluation-context.ts";
import { type Definitions, targetedDefinition } from "./flag-definitions.ts";

/** What there is at a revision. */
interface Everything {
  readonly revision: number;
  readonly features: readonly Feature[];
  readonly overrides: readonly Override[];
}

interface Entry {
  feature: FeatureState | undefined;
  /** Organisation to setting. */
  readonly overrides: Map<string, boolean>;
  /** Its definition, once that was asked for and until something changes. */
  text: string | undefined;
}

/** The flags of all organisations with their overrides, kept true by the changes that it is told. */
export class TargetedFlags {
  readonly #orgFrom: OrgFrom;
  readonly #entries = new Map<string, Entry>();
  #text: string | undefined;
  #revision: number;

  constructor({ revision, features, overrides }: Everything, orgFrom: OrgFrom) {
    this.#orgFrom = orgFrom;
    this.#revision = revision;
    for (const feature of features) {
      this.#entryOf(feature.featureKey).feature = feature;
    }
    for (const { orgId, featureKey, enabled } of overrides) {
      this.#entryOf(featureKey).overrides.set(orgId, enabled);
    }
  }

  /** The revision of the last change that is in it. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes in a change; nothing where it is in already. */
  apply(change: Change): void {
    if (change.revision <= this.#revision) {
      return;
    }
    this.#revision = change.revision;
    this.#text = undefined;
    const entry = this.#entryOf(change.featureKey);
    entry.text = undefined;
    if (change.kind === "override") {
      setOrDelete(entry.overrides, change.orgId, change.after?.setting?.enabled);
    } else if (change.after === undefined) {
      this.#entries.delete(change.featureKey);
    } else {
      entry.feature = change.after;
    }
  }

  /** The definitions; archived features are left out. */
  definitions(): Definitions {
    this.#text ??= `{${Array.from(this.#entries, ([key, entry]) => this.#textOf(key, entry))
      .filter((text) => text !== "")
      .join(",")}}`;
    return { flags: this.#text, orgId: undefined, revision: this.#revision };
  }

  #textOf(key: string, entry: Entry): string {
    const { feature, overrides } = entry;
    if (feature === undefined || feature.archived) {
      return "";
    }
    entry.text ??= targetedDefinition(key, feature.defaultEnabled, listsOf(overrides), this.#orgFrom);
    return entry.text;
  }

  #entryOf(featureKey: string): Entry {
    const entry = this.#entries.get(featureKey) ?? { feature: undefined, overrides: new Map(), text: undefined };
    this.#entries.set(featureKey, entry);
    return entry;
  }
}

/** In an order that does not depend on that of the changes: the same content is the same text. */
function listsOf(overrides: ReadonlyMap<string, boolean>): { readonly on: string[]; readonly off: string[] } {
  const on: string[] = [];
  const off: string[] = [];
  for (const [orgId, enabled] of overrides) {
    (enabled ? on : off).push(orgId);
  }
  return { on: on.sort(), off: off.sort() };
}

function setOrDelete<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) {
    map.delete(key);
  } else {
    map.set(key, value);
  }
}
