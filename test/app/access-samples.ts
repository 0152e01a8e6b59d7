import type { Role } from "../../src/domain/access.ts";

/** A request to each method, and who may make it. */
export interface Sample {
  /** The least role; `open` for everybody at any time. */
  readonly needs: Role | "open";
  /** As JSON, about an organisation and a feature. */
  readonly request: (orgId: string, featureKey: string) => object;
  /** Which of the two the request names. */
  readonly names: "both" | "organisation" | "feature" | "neither";
  /** What it takes to be for all of. */
  readonly takesAll?: "organisations" | "features";
}

type Request = Sample["request"];

const nothing: Request = () => ({});
const ofOrganisation: Request = (org_id) => ({ org_id });
const ofFeature: Request = (_, feature_key) => ({ feature_key });
const ofBoth: Request = (org_id, feature_key) => ({ org_id, feature_key });
const setting: Request = (org_id, feature_key) => ({ org_id, feature_key, enabled: true });
const context: Request = (targetingKey) => ({ context: { targetingKey } });
const flag: Request = (targetingKey, flag_key) => ({ flag_key, context: { targetingKey } });
const selector: Request = (orgId) => ({ selector: `flagSetId=${orgId}` });

const open = { needs: "open", request: nothing, names: "neither" } as const;
const reads = (names: Sample["names"], request: Request): Sample => ({ needs: "viewer", request, names });
const catalogue = { needs: "admin", names: "feature", takesAll: "organisations" } as const;
const resolve = reads("both", flag);
const evaluation = {
  ResolveBoolean: resolve,
  ResolveString: resolve,
  ResolveFloat: resolve,
  ResolveInt: resolve,
  ResolveObject: resolve,
  EventStream: reads("neither", nothing),
};
const reflection = { ServerReflectionInfo: reads("neither", () => ({ list_services: "" })) };

/** By service, then by method. Requests of changes are about one of the organisation. */
export const samples: Readonly<Record<string, Readonly<Record<string, Sample>>>> = {
  "orgflags.v1.OrgFeatureFlagService": {
    ListOrgFeatureFlags: reads("both", ofBoth),
    GetOrgFeatureFlags: reads("organisation", ofOrganisation),
    CreateOrgFeatureFlag: { needs: "editor", names: "both", request: setting },
    UpdateOrgFeatureFlag: { needs: "editor", names: "both", request: setting },
    DeleteOrgFeatureFlags: { needs: "editor", names: "organisation", takesAll: "features", request: ofOrganisation },
    CheckOrgFeatureFlag: reads("both", ofBoth),
    RefreshOrgFeatureFlags: reads("organisation", ofOrganisation),
    ResetOrgFeatureFlag: { needs: "editor", names: "both", request: ofBoth },
    BatchUpdateOrgFeatureFlags: {
      needs: "editor",
      names: "both",
      request: (org_id, feature_key) => ({ updates: [{ org_id, feature_key, enabled: true }] }),
    },
    GetOrgFeatureFlagsAt: reads("organisation", ofOrganisation),
    DiffOrgFeatureFlags: reads("organisation", (org_id) => ({ org_id, other_org_id: org_id })),
    ExplainOrgFeatureFlag: reads("both", ofBoth),
  },
  "orgflags.v1.FeatureService": {
    ListFeatures: reads("neither", nothing),
    GetFeature: reads("feature", ofFeature),
    ListFeatureOrgs: reads("feature", ofFeature),
    CreateFeature: { ...catalogue, request: ofFeature },
    UpdateFeature: { ...catalogue, request: (_, feature_key) => ({ feature_key, description: "by a test" }) },
    DeleteFeature: { ...catalogue, request: ofFeature },
  },
  "orgflags.v1.ChangeService": {
    ListChanges: reads("both", ofBoth),
    GetChange: reads("neither", () => ({ revision: "5" })),
    WatchChanges: reads("both", ofBoth),
    RevertChange: { needs: "editor", names: "neither", request: () => ({ revision: "5" }) },
  },
  "flagd.evaluation.v1.Service": { ...evaluation, ResolveAll: reads("organisation", context) },
  "flagd.evaluation.v2.Service": evaluation,
  "flagd.sync.v1.FlagSyncService": {
    SyncFlags: reads("organisation", selector),
    FetchAllFlags: reads("organisation", selector),
    GetMetadata: reads("neither", nothing),
  },
  "grpc.health.v1.Health": { Check: open, List: open, Watch: open },
  "grpc.reflection.v1.ServerReflection": reflection,
  "grpc.reflection.v1alpha.ServerReflection": reflection,
};
