import type { DescMethod, JsonObject } from "@bufbuild/protobuf";
import { expect } from "vitest";

/** Whom and what to ask about. */
export interface About {
  readonly orgId: string;
  readonly featureKey: string;
  /** A change of the two. */
  readonly revision: number;
}

/** What somebody may see, and what else there is that everybody may know of. */
export interface Seen {
  readonly own: About;
  /** A feature of the catalogue that is in scope, and of which others have overrides. */
  readonly sharedFeature: string;
  /** A change of that feature itself. */
  readonly featureRevision: number;
  /** The id of somebody else, as who has heard of it would write it. */
  readonly rumour: string;
}

/** A request: fields in JSON, and headers. */
export interface Ask {
  readonly request: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a method is asked about somebody by name or number, and how without. */
export interface Asks {
  readonly named: (about: About) => readonly Ask[];
  readonly unnamed?: (seen: Seen) => readonly Ask[];
}

const ask = (request: JsonObject, headers?: Ask["headers"]): Ask => ({ request, ...(headers && { headers }) });
const none = { named: () => [], unnamed: () => [ask({})] } satisfies Asks;
const token = (text: string) => Buffer.from(text).toString("base64url");
const later = "2999-01-01T00:00:00Z";
const context = ({ orgId }: About) => ({ context: { targetingKey: orgId } });
const ofFlag = (about: About) => [
  ask({ flag_key: about.featureKey, ...context(about) }),
  ask({ flag_key: about.featureKey }, { "flagd-selector": `flagSetId=${about.orgId}` }),
];
const resolve: Asks = { named: ofFlag };
const evaluation = {
  ResolveBoolean: resolve,
  ResolveString: resolve,
  ResolveInt: resolve,
  ResolveFloat: resolve,
  ResolveObject: resolve,
  EventStream: none,
};
const sync: Asks = {
  named: ({ orgId }) => [
    ask({ selector: `flagSetId=${orgId}` }),
    ask({}, { "flagd-selector": `flagSetId=${orgId}` }),
    ask({ selector: "" }, { "flagd-selector": `flagSetId=${orgId}` }),
  ],
  unnamed: () => [ask({})],
};
const reflection: Asks = {
  named: () => [],
  unnamed: () => [
    ask({ list_services: "" }),
    ask({ file_containing_symbol: "orgflags.v1.ChangeService" }),
    ask({ file_containing_symbol: "nothing" }),
  ],
};
const setting = ({ orgId, featureKey }: About) => ({ org_id: orgId, feature_key: featureKey });

/** By service, then by method. */
export const asks: Readonly<Record<string, Readonly<Record<string, Asks>>>> = {
  "orgflags.v1.OrgFeatureFlagService": {
    ListOrgFeatureFlags: {
      named: ({ orgId, featureKey }) => [
        ask({ org_id: orgId, limit: 100 }),
        ask({ feature_key: featureKey }),
        ask({ org_id: orgId, feature_key: featureKey }),
      ],
      unnamed: ({ sharedFeature }) => [
        ask({ limit: 100 }),
        ask({ page: 2, limit: 1 }),
        ask({ page: 999 }),
        ask({ enabled: true }),
        ask({ feature_key: sharedFeature }),
        ask({ feature_key: sharedFeature, enabled: false }),
      ],
    },
    GetOrgFeatureFlags: {
      named: ({ orgId }) => [ask({ org_id: orgId }), ask({ org_id: orgId }, { "if-none-match": "*" })],
    },
    CreateOrgFeatureFlag: {
      named: (about) => [
        ask({ ...setting(about), enabled: true }),
        ask({ ...setting(about), enabled: true, starts_at: later }),
      ],
      unnamed: ({ own }) => [ask({ org_id: own.orgId, feature_key: "not_there_yet", enabled: true })],
    },
    UpdateOrgFeatureFlag: {
      named: (about) => [
        ask({ ...setting(about), enabled: false }),
        ask({ ...setting(about), enabled: true }, { "orgflags-if-revision": "1" }),
        ask({ ...setting(about), enabled: true }, { "if-match": '"none"' }),
      ],
      unnamed: ({ own }) => [ask({ org_id: own.orgId, feature_key: "not_there_yet", enabled: true })],
    },
    DeleteOrgFeatureFlags: {
      named: ({ orgId }) => [
        ask({ org_id: orgId }, { "orgflags-if-revision": "1" }),
        ask({ org_id: orgId }, { "if-match": '"none"' }),
        ask({ org_id: orgId }),
      ],
    },
    CheckOrgFeatureFlag: { named: (about) => [ask(setting(about))] },
    RefreshOrgFeatureFlags: { named: ({ orgId }) => [ask({ org_id: orgId })] },
    ResetOrgFeatureFlag: { named: (about) => [ask(setting(about)), ask(setting(about), { "if-match": "*" })] },
    BatchUpdateOrgFeatureFlags: {
      named: (about) => [
        ask({ updates: [{ ...setting(about), enabled: true }] }),
        ask({ updates: [{ ...setting(about), reset: true }] }),
      ],
      unnamed: ({ own }) => [
        ask({
          updates: [
            { ...setting(own), enabled: true },
            { org_id: own.orgId, feature_key: "not_there_yet", enabled: true },
          ],
        }),
      ],
    },
    GetOrgFeatureFlagsAt: {
      named: ({ orgId }) => [
        ask({ org_id: orgId }),
        ask({ org_id: orgId, revision: "5" }),
        ask({ org_id: orgId, time: later }),
      ],
      unnamed: ({ own }) => [
        ask({ org_id: own.orgId, revision: "99999" }),
        ask({ org_id: own.orgId, time: "2001-01-01T00:00:00Z" }),
      ],
    },
    DiffOrgFeatureFlags: {
      named: ({ orgId }) => [ask({ org_id: orgId, other_org_id: orgId }), ask({ org_id: orgId, other_revision: "5" })],
      unnamed: ({ own }) => [ask({ org_id: own.orgId, other_org_id: own.orgId, other_revision: "0" })],
    },
    ExplainOrgFeatureFlag: {
      named: (about) => [ask(setting(about))],
      unnamed: ({ own, sharedFeature }) => [ask({ org_id: own.orgId, feature_key: sharedFeature })],
    },
  },
  "orgflags.v1.FeatureService": {
    ListFeatures: {
      named: () => [],
      unnamed: () => [ask({}), ask({ page_size: 1 }), ask({ archived: true }), ask({ page_token: token("a") })],
    },
    GetFeature: {
      named: ({ featureKey }) => [ask({ feature_key: featureKey })],
      unnamed: ({ sharedFeature }) => [ask({ feature_key: sharedFeature })],
    },
    ListFeatureOrgs: {
      named: ({ featureKey }) => [ask({ feature_key: featureKey })],
      unnamed: ({ sharedFeature, rumour }) => [
        ask({ feature_key: sharedFeature }),
        ask({ feature_key: sharedFeature, enabled: true, page_size: 1 }),
        ask({ feature_key: sharedFeature, enabled: false, page_size: 1 }),
        ask({ feature_key: sharedFeature, page_token: token(rumour) }),
      ],
    },
    CreateFeature: {
      named: ({ featureKey }) => [ask({ feature_key: featureKey })],
    },
    UpdateFeature: {
      named: ({ featureKey }) => [ask({ feature_key: featureKey, default_enabled: true, validate_only: true })],
      unnamed: ({ sharedFeature }) => [
        ask({ feature_key: sharedFeature, default_enabled: true, validate_only: true }),
        ask({ feature_key: sharedFeature, archived: true, validate_only: true }),
      ],
    },
    DeleteFeature: {
      named: ({ featureKey }) => [ask({ feature_key: featureKey })],
      unnamed: ({ sharedFeature }) => [ask({ feature_key: sharedFeature })],
    },
  },
  "orgflags.v1.ChangeService": {
    ListChanges: {
      named: ({ orgId, featureKey }) => [ask({ org_id: orgId }), ask({ feature_key: featureKey })],
      unnamed: ({ own, sharedFeature, rumour }) => [
        ask({ page_size: 1000 }),
        ask({ page_size: 1, oldest_first: true }),
        ask({ feature_key: sharedFeature, page_size: 1000 }),
        ask({ actor: rumour }),
        ask({ min_revision: String(own.revision), page_size: 1000, oldest_first: true }),
        ask({ start_time: "2001-01-01T00:00:00Z", end_time: later }),
        ask({ page_token: token("40000") }),
      ],
    },
    GetChange: {
      named: ({ revision }) => [ask({ revision: String(revision) })],
      unnamed: ({ featureRevision }) => [ask({ revision: String(featureRevision) })],
    },
    WatchChanges: {
      named: ({ orgId, featureKey }) => [
        ask({ org_id: orgId, snapshot: true }),
        ask({ feature_key: featureKey, snapshot: true }),
      ],
      unnamed: () => [ask({}), ask({ from_revision: "0" }), ask({ snapshot: true })],
    },
    RevertChange: {
      named: ({ revision }) => [
        ask({ revision: String(revision) }),
        ask({ revision: String(revision), force: true }, { "orgflags-if-revision": "1" }),
        ask({ revision: String(revision) }, { "if-match": "*" }),
      ],
      unnamed: ({ featureRevision }) => [ask({ revision: String(featureRevision) })],
    },
  },
  "flagd.evaluation.v1.Service": {
    ...evaluation,
    ResolveAll: { named: (about) => [ask(context(about)), ask({}, { "flagd-selector": `flagSetId=${about.orgId}` })] },
  },
  "flagd.evaluation.v2.Service": evaluation,
  "flagd.sync.v1.FlagSyncService": { FetchAllFlags: sync, SyncFlags: sync, GetMetadata: none },
  "grpc.health.v1.Health": { Check: none, List: none, Watch: none },
  "grpc.reflection.v1.ServerReflection": { ServerReflectionInfo: reflection },
  "grpc.reflection.v1alpha.ServerReflection": { ServerReflectionInfo: reflection },
};

/** How a method is asked; fails for one that nobody has thought of. */
export function asksOf({ parent, name }: DescMethod): Asks {
  return asks[parent.typeName]?.[name] ?? expect.fail(`${parent.typeName}/${name} needs requests`);
}
