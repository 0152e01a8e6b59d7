import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  CreateFeatureRequest,
  CreateFeatureResponseSchema,
  DeleteFeatureRequest,
  DeleteFeatureResponseSchema,
  FeatureSchema,
  GetFeatureRequest,
  GetFeatureResponseSchema,
  ListFeaturesRequest,
  ListFeaturesResponseSchema,
  UpdateFeatureRequest,
  UpdateFeatureResponseSchema,
} from "../../gen/orgflags/v1/feature_pb.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import type { Call } from "../domain/call.ts";
import type { Feature } from "../domain/feature.ts";
import { decodePageToken, encodePageToken } from "../domain/page-token.ts";
import { checkDescription, checkFeatureKey, checkRange, requireValid } from "../domain/validation.ts";
import type { Flags } from "../flags/flags.ts";

const defaultPageSize = 100;
const maxPageSize = 1000;

/** `orgflags.v1.FeatureService` over the given flags. */
export class FeatureServiceImpl {
  readonly #flags: Flags;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  listFeatures({
    pageSize = defaultPageSize,
    pageToken,
    archived,
  }: ListFeaturesRequest): Awaitable<MessageInitShape<typeof ListFeaturesResponseSchema>> {
    requireValid(checkRange("page_size", pageSize, 1, maxPageSize));
    const after = decodePageToken("page_token", pageToken);
    return whenReady(this.#flags.listFeatures(), (all) => {
      const rest = all.filter((feature) => {
        return feature.featureKey > after && (archived === undefined || feature.archived === archived);
      });
      const features = rest.slice(0, pageSize);
      const last = features.at(-1);
      const nextPageToken = last && rest.length > features.length ? encodePageToken(last.featureKey) : "";
      return { features: features.map(featureMessage), nextPageToken };
    });
  }

  getFeature({ featureKey }: GetFeatureRequest): Awaitable<MessageInitShape<typeof GetFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey));
    return whenReady(this.#flags.getFeature(featureKey), (feature) => ({ feature: featureMessage(feature) }));
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
    { featureKey, description, defaultEnabled, archived }: UpdateFeatureRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof UpdateFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey), checkDescription("description", description));
    if (description === undefined && defaultEnabled === undefined && archived === undefined) {
      const what = "at least one of description, default_enabled and archived must be given";
      requireValid({ field: "default_enabled", description: what });
    }
    const feature = await this.#flags.updateFeature(featureKey, { description, defaultEnabled, archived }, call);
    return { feature: featureMessage(feature) };
  }

  async deleteFeature(
    { featureKey, force }: DeleteFeatureRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof DeleteFeatureResponseSchema>> {
    requireValid(checkFeatureKey("feature_key", featureKey));
    const { count, time } = await this.#flags.deleteFeature(featureKey, force, call);
    return { featureKey, deletedOverrides: count, deletedAt: timestampFromMs(time) };
  }
}

function featureMessage(feature: Feature): MessageInitShape<typeof FeatureSchema> {
  const { featureKey, description, defaultEnabled, archived, createdAt, updatedAt } = feature;
  return {
    featureKey,
    description,
    defaultEnabled,
    archived,
    createdAt: timestampFromMs(createdAt),
    updatedAt: timestampFromMs(updatedAt),
  };
}
