import type { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import type { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import type { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { Identity } from "../domain/access.ts";
import type { Awaitable } from "../domain/awaitable.ts";
import { feature, type Name, organisation, type ServiceRules } from "./rule.ts";

interface OfOrganisation {
  readonly orgId?: string | undefined;
}

interface OfFeature {
  readonly featureKey?: string | undefined;
}

const ofOrganisation = ({ orgId }: OfOrganisation): readonly Name[] => [organisation(orgId)];
const ofFeature = ({ featureKey }: OfFeature): readonly Name[] => [feature(featureKey)];
const ofBoth = (request: OfOrganisation & OfFeature) => [...ofOrganisation(request), ...ofFeature(request)];

const needs = { allOrganisations: "a change of the catalogue reaches all organisations" };
const ofCatalogue = { role: "admin", needs, names: ofFeature } as const;

/** Who may ask for flags, and set them. */
export const orgFeatureFlagRules: ServiceRules<typeof OrgFeatureFlagService> = {
  listOrgFeatureFlags: { role: "viewer", names: ofBoth },
  getOrgFeatureFlags: { role: "viewer", names: ofOrganisation },
  createOrgFeatureFlag: { role: "editor", names: ofBoth },
  updateOrgFeatureFlag: { role: "editor", names: ofBoth },
  deleteOrgFeatureFlags: {
    role: "editor",
    needs: { allFeatures: "it removes the overrides of every feature" },
    names: ofOrganisation,
  },
  checkOrgFeatureFlag: { role: "viewer", names: ofBoth },
  // It changes nothing but what is in memory.
  refreshOrgFeatureFlags: { role: "viewer", names: ofOrganisation },
  resetOrgFeatureFlag: { role: "editor", names: ofBoth },
  batchUpdateOrgFeatureFlags: {
    role: "editor",
    names: ({ updates }) =>
      updates.flatMap(({ orgId, featureKey }, index) => [
        organisation(orgId, `updates[${index}].org_id`),
        feature(featureKey, `updates[${index}].feature_key`),
      ]),
  },
  getOrgFeatureFlagsAt: { role: "viewer", names: ofOrganisation },
  diffOrgFeatureFlags: {
    role: "viewer",
    names: ({ orgId, otherOrgId }) => [organisation(orgId), organisation(otherOrgId, "other_org_id")],
  },
  explainOrgFeatureFlag: { role: "viewer", names: ofBoth },
};

/** Who may ask for the catalogue, and change it. */
export const featureRules: ServiceRules<typeof FeatureService> = {
  listFeatures: { role: "viewer" },
  getFeature: { role: "viewer", names: ofFeature },
  listFeatureOrgs: { role: "viewer", names: ofFeature },
  createFeature: ofCatalogue,
  updateFeature: ofCatalogue,
  deleteFeature: ofCatalogue,
};

/** Refuses to have a change undone, by its revision: one of a feature takes more than one of an override. */
export type RequireRevertible = (revision: bigint, identity: Identity) => Awaitable<void>;

/** Makes the rules of who may ask for changes, and undo them. A change that is asked for by number names nothing. */
export function changeRules(requireRevertible: RequireRevertible): ServiceRules<typeof ChangeService> {
  return {
    listChanges: { role: "viewer", names: ofBoth },
    getChange: { role: "viewer" },
    watchChanges: { role: "viewer", names: ofBoth },
    revertChange: {
      role: "editor",
      also: ({ revision }, identity) => requireRevertible(revision, identity),
    },
  };
}
