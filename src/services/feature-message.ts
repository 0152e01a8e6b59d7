import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type FeatureSchema, FlagSource } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Feature, FeaturePatch, UpdateImpact } from "../domain/feature.ts";
import type { OverrideCounts } from "../domain/override.ts";

/** Says a feature in the words of the API. */
export function featureMessage({ featureKey, description, defaultEnabled, archived, createdAt, updatedAt }: Feature) {
  return {
    featureKey,
    description,
    defaultEnabled,
    archived,
    createdAt: timestampFromMs(createdAt),
    updatedAt: timestampFromMs(updatedAt),
  } satisfies MessageInitShape<typeof FeatureSchema>;
}

/** As `featureMessage`, with how many organisations have an override of it. */
export function countedFeature(
  feature: Feature,
  counts: ReadonlyMap<string, OverrideCounts>,
): MessageInitShape<typeof FeatureSchema> {
  const { enabled, disabled } = counts.get(feature.featureKey) ?? { enabled: 0, disabled: 0 };
  return { ...featureMessage(feature), overrideCounts: { enabled, disabled } };
}

/** Says what a feature would be, and whom that would reach. */
export function triedFeature(
  feature: Feature,
  patch: FeaturePatch,
  { flippedOrgs, firstFlippedOrgIds, keptOverrides }: UpdateImpact,
): MessageInitShape<typeof FeatureSchema> {
  const tried = {
    ...feature,
    description: patch.description ?? feature.description,
    defaultEnabled: patch.defaultEnabled ?? feature.defaultEnabled,
    archived: patch.archived ?? feature.archived,
  };
  const impact = { flippedOrgs, firstFlippedOrgIds: [...firstFlippedOrgIds], keptOverrides };
  return { ...featureMessage(tried), impact };
}

/** Says where a state comes from. */
export function sourceOf(isOverride: boolean): FlagSource {
  return isOverride ? FlagSource.OVERRIDE : FlagSource.DEFAULT;
}
