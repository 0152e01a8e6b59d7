import { isEnabled } from "../domain/evaluation.ts";
import type { Catalogue } from "./catalogue.ts";
import { inEffect } from "./effective-flags.ts";
import { codedIndex, codedSetting } from "./override-code.ts";
import type { ResidentOrganisation } from "./resident-organisation.ts";

/** The state of a feature for an organisation, and where it comes from. */
export interface EvaluatedFlag {
  readonly enabled: boolean;
  /** Whether it is the organisation's own setting. */
  readonly isOverride: boolean;
}

/** One flag, with the revision of the last change that could reach the organisation. */
export interface FlagEvaluation extends EvaluatedFlag {
  readonly revision: number;
}

/** All flags of an organisation that are in effect. */
export interface FlagEvaluations {
  /** The revision of the last change that could reach the organisation. */
  readonly revision: number;
  /** Feature key to state, in the order of the catalogue. To be called at once. */
  toMap(): ReadonlyMap<string, EvaluatedFlag>;
}

// The four there are, so that many flags cost no object each.
const states: readonly EvaluatedFlag[] = [false, true].flatMap((isOverride) =>
  [false, true].map((enabled) => Object.freeze({ enabled, isOverride })),
);

/** Evaluates a feature; `NOT_FOUND` as in `checkFeature`. */
export function evaluateFlag(
  organisation: ResidentOrganisation,
  catalogue: Catalogue,
  featureKey: string,
): FlagEvaluation {
  const feature = inEffect(featureKey, catalogue.get(featureKey));
  const index = catalogue.indexOf(featureKey);
  const override = index === undefined ? undefined : organisation.get(index);
  return {
    enabled: isEnabled(feature, override),
    isOverride: override !== undefined,
    revision: lastChange(organisation, catalogue),
  };
}

/** Evaluates every feature. */
export function evaluateFlags(organisation: ResidentOrganisation, catalogue: Catalogue): FlagEvaluations {
  const overrides = organisation.overrides();
  return { revision: lastChange(organisation, catalogue), toMap: () => evaluatedMap(overrides, catalogue) };
}

/** As `evaluateFlags`, of some features alone. */
export function narrowedEvaluations(
  { revision, toMap }: FlagEvaluations,
  featureKeys: ReadonlySet<string>,
): FlagEvaluations {
  return { revision, toMap: () => new Map([...toMap()].filter(([featureKey]) => featureKeys.has(featureKey))) };
}

function lastChange(organisation: ResidentOrganisation, catalogue: Catalogue): number {
  return Math.max(organisation.revision, catalogue.lastChange);
}

function evaluatedMap(overrides: readonly number[], catalogue: Catalogue): Map<string, EvaluatedFlag> {
  const flags = new Map<string, EvaluatedFlag>();
  for (const feature of catalogue.all()) {
    if (!feature.archived) {
      flags.set(feature.featureKey, stateOf(isEnabled(feature, undefined), false));
    }
  }
  for (const code of overrides) {
    const feature = catalogue.at(codedIndex(code));
    if (feature !== undefined && !feature.archived) {
      flags.set(feature.featureKey, stateOf(codedSetting(code), true));
    }
  }
  return flags;
}

function stateOf(enabled: boolean, isOverride: boolean): EvaluatedFlag {
  return states[(isOverride ? 2 : 0) + (enabled ? 1 : 0)] ?? { enabled, isOverride };
}
