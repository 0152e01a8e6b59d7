import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  CreateFeatureRequest,
  CreateFeatureResponseSchema,
  DeleteFeatureRequest,
  DeleteFeatureResponseSchema,
  GetFeatureRequest,
  GetFeatureResponseSchema,
  ListFeatureOrgsRequest,
  ListFeatureOrgsResponseSchema,
  ListFeaturesRequest,
  ListFeaturesResponseSchema,
  UpdateFeatureRequest,
  UpdateFeatureResponseSchema,
} from "../../gen/orgflags/v1/feature_pb.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call, Conditional } from "../domain/call.ts";
import type { FeaturePatch } from "../domain/feature.ts";
import { decodePageToken, encodePageToken } from "../domain/page-token.ts";
import { checkDescription, checkFeatureKey, checkRange, isOrgId, requireValid } from "../domain/validation.ts";
import type { Flags } from "../flags/flags.ts";
import { countedFeature, featureMessage, sourceOf, triedFeature } from "./feature-message.ts";

const defaultPageSize = 100;
const maxPageSize = 1000;

/** `orgflags.v1.FeatureService` over the given flags. */
export class FeatureServiceImpl {
  readonly #flags: Flags;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  listFeatures(
    { pageSize = defaultPageSize, pageToken, archived }: ListFeaturesRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof ListFeaturesResponseSchema>> {
    requireValid(checkRange("page_size", pageSize, 1, maxPageSize));
    const after = decodePageToken("page_token", pageToken);
    return whenReady(this.#flags.listFeatures(scope), (all) => {
      const rest = all.filter((feature) => {
        return feature.featureKey > after && (archived === undefined || feature.archived === archived);
      });
      const features = rest.slice(0, pageSize);
      const last = features.at(-1);
      const nextPageToken = last && rest.length > features.length ? encodePageToken(last.featureKey) : "";
      return whenReady(this.#flags.overrideCounts(scope), (counts) => {
        return { features: features.map((feature) => countedFeature(feature, counts)), nextPageToken };
      });
    });
  }

  getFeature(
    { featureKey }: GetFeatureRequest,
    _call: Call,
    conditional: Conditional,
  ): Awaitable<MessageInitShape<typeof GetFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey));
    return whenReady(this.#flags.getFeature(featureKey), (feature) => {
      return conditional.holds(String(feature.revision)) ? {} : { feature: featureMessage(feature) };
    });
  }

  listFeatureOrgs(
    { featureKey, enabled, pageSize = defaultPageSize, pageToken }: ListFeatureOrgsRequest,
    { scope }: Call,
  ): Awaitable<MessageInitShape<typeof ListFeatureOrgsResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey), checkRange("page_size", pageSize, 1, maxPageSize));
    const after = decodePageToken("page_token", pageToken, isOrgId);
    // One more than a page holds tells whether there is another page.
    const query = { featureKey, enabled, scope, after, limit: pageSize + 1 };
    return whenReady(this.#flags.listFeatureOrgs(query), (found) => {
      const page = found.slice(0, pageSize);
      const last = page.at(-1);
      return {
        orgs: page.map((org) => ({ orgId: org.orgId, enabled: org.enabled, source: sourceOf(org.isOverride) })),
        nextPageToken: last && found.length > page.length ? encodePageToken(last.orgId) : "",
      };
    });
  }

  async createFeature(
    { featureKey, description, defaultEnabled }: CreateFeatureRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof CreateFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey), checkDescription("description", description));
    const feature = await this.#flags.createFeature({ featureKey, description, defaultEnabled }, call);
    return { feature: featureMessage(feature) };
  }

  async updateFeature(
    { featureKey, description, defaultEnabled, archived, validateOnly }: UpdateFeatureRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof UpdateFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey), checkDescription("description", description));
    if (description === undefined && defaultEnabled === undefined && archived === undefined) {
      const what = "at least one of description, default_enabled and archived must be given";
      requireValid({ field: "default_enabled", description: what });
    }
    const patch = { description, defaultEnabled, archived };
    if (validateOnly) {
      requireUnconditional(call);
      return this.#tryUpdate(featureKey, patch, call);
    }
    return { feature: featureMessage(await this.#flags.updateFeature(featureKey, patch, call)) };
  }

  async deleteFeature(
    { featureKey, force }: DeleteFeatureRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof DeleteFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey));
    const { count, time } = await this.#flags.deleteFeature(featureKey, force, call);
    return { featureKey, deletedOverrides: count, deletedAt: timestampFromMs(time) };
  }

  async #tryUpdate(
    featureKey: string,
    patch: FeaturePatch,
    { scope }: Call,
  ): Promise<MessageInitShape<typeof UpdateFeatureResponseSchema>> {
    const impact = await this.#flags.updateImpact(featureKey, patch, scope);
    return { feature: triedFeature(await this.#flags.getFeature(featureKey), patch, impact) };
  }
}

/** What a write would be refused for must not be passed over by what tells of that write. */
function requireUnconditional({ conditions, idempotency }: Call): void {
  if (conditions !== undefined || idempotency !== undefined) {
    const what = "writes nothing, so it takes no If-Match, orgflags-if-revision or Idempotency-Key; leave them out";
    requireValid({ field: "validate_only", description: what });
  }
}
