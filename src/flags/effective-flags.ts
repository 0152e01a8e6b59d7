import { hash } from "node:crypto";
import { DomainError } from "../domain/errors.ts";
import { isEnabled } from "../domain/evaluation.ts";
import type { Feature } from "../domain/feature.ts";
import type { Catalogue } from "./catalogue.ts";
import { codedIndex, codedSetting } from "./override-code.ts";
import type { ResidentOrganisation } from "./resident-organisation.ts";

/** The effective state of an organisation. */
export interface EffectiveFlags {
  /** Another one where the flags or `refreshedAt` are others; for this organisation alone, in this process. */
  readonly version: string;
  /** Feature key to state, in the order of the catalogue, archived features left out. To be called at once. */
  toRecord(): Record<string, boolean>;
  /** When this process last read the organisation from the store, in milliseconds since 1970, UTC. */
  readonly refreshedAt: number;
}

/** The effective state of every feature. */
export function effectiveFlags(organisation: ResidentOrganisation, catalogue: Catalogue): EffectiveFlags {
  const { revision, refreshedAt } = organisation;
  const version = `${catalogue.lastChange}.${revision}.${refreshedAt}`;
  const overrides = organisation.overrides();
  return { version, refreshedAt, toRecord: () => effectiveRecord(overrides, catalogue) };
}

/** As `effectiveFlags`, of some features alone; of another version than all flags, or those of others, are. */
export function narrowedFlags(flags: EffectiveFlags, featureKeys: ReadonlySet<string>): EffectiveFlags {
  const version = `${flags.version}.${hash("sha256", [...featureKeys].sort().join(" "), "hex").slice(0, 32)}`;
  return { ...flags, version, toRecord: () => narrowedRecord(flags.toRecord(), featureKeys) };
}

/** What a record has of some features. */
export function narrowedRecord<T>(
  record: Readonly<Record<string, T>>,
  featureKeys: ReadonlySet<string>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([featureKey]) => featureKeys.has(featureKey)));
}

/** Whether an organisation has a feature; `NOT_FOUND`. */
export function checkFeature(organisation: ResidentOrganisation, catalogue: Catalogue, featureKey: string): boolean {
  const feature = inEffect(featureKey, catalogue.get(featureKey));
  const index = catalogue.indexOf(featureKey);
  return isEnabled(feature, index === undefined ? undefined : organisation.get(index));
}

/** The feature, given that it can be in an effective state; `NOT_FOUND` of none, and of an archived one. */
export function inEffect(featureKey: string, feature: Feature | undefined): Feature {
  if (feature === undefined || feature.archived) {
    throw featureNotFound(featureKey, feature?.archived === true);
  }
  return feature;
}

/** The `NOT_FOUND` error of a feature. */
export function featureNotFound(featureKey: string, archived: boolean): DomainError {
  const why = archived ? `the feature "${featureKey}" is archived` : `no feature "${featureKey}" is in the catalogue`;
  return new DomainError("NOT_FOUND", `feature_key: ${why}`);
}

function effectiveRecord(overrides: readonly number[], catalogue: Catalogue): Record<string, boolean> {
  const flags = { ...catalogue.defaults };
  for (const code of overrides) {
    const feature = catalogue.at(codedIndex(code));
    if (feature !== undefined && !feature.archived) {
      flags[feature.featureKey] = isEnabled(feature, codedSetting(code));
    }
  }
  return flags;
}
