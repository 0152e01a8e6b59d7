import { create, toBinary } from "@bufbuild/protobuf";
import {
  CheckOrgFeatureFlagRequestSchema,
  CheckOrgFeatureFlagResponseSchema,
  OrgFeatureFlagService,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { procedurePath } from "../../src/rpc/procedure.ts";
import type { Http1Request } from "../load/http1-request.ts";
import { featureKey, organisationId, type Seed } from "../seed.ts";

/** Connections, and requests under way at a time, of the rows that measure checks and reads. */
export const connections = 64;

/** The path of the REST API. */
export const restBase = "/api/v1/org-feature-flags";

/** The feature that checks ask for: every seeded organisation has it on. */
export const checkedFeature = featureKey(0);

/** The path of the check for every RPC protocol. */
export const checkPath = procedurePath(OrgFeatureFlagService.method.checkOrgFeatureFlag);

/** What is stored in the rows that ask for one answer in one way. */
export function unarySeed(organisations: number): Seed {
  return { features: 50, organisations, overridesEach: 3 };
}

/** The check by REST. */
export function restCheck(organisation: number): Http1Request {
  return { method: "GET", path: `${restBase}/${organisationId(organisation)}/${checkedFeature}` };
}

/** The message that asks, encoded. */
export function checkRequest(organisation: number): Uint8Array {
  const request = { orgId: organisationId(organisation), featureKey: checkedFeature };
  return toBinary(CheckOrgFeatureFlagRequestSchema, create(CheckOrgFeatureFlagRequestSchema, request));
}

/** The message that must come back, encoded. */
export function checkResponse(organisation: number): Uint8Array {
  const response = { orgId: organisationId(organisation), featureKey: checkedFeature, enabled: true };
  return toBinary(CheckOrgFeatureFlagResponseSchema, create(CheckOrgFeatureFlagResponseSchema, response));
}

/** Numbers from 0, with something made of each. */
export function forEachOf<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, number) => make(number));
}
