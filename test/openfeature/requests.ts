import { expect } from "vitest";
import { type RestAnswer, restCall } from "../rest-call.ts";

interface Served {
  readonly url: string;
}

/** Sets an override. */
export async function setFlag(app: Served, orgId: string, featureKey: string, enabled: boolean): Promise<void> {
  const answer = await restCall(app, `PUT /api/v1/org-feature-flags/${orgId}`, { feature_key: featureKey, enabled });
  expect(answer.status, answer.text).toBe(200);
}

/** Removes an override. */
export async function resetFlag(app: Served, orgId: string, featureKey: string): Promise<void> {
  const answer = await restCall(app, `DELETE /api/v1/org-feature-flags/${orgId}/${featureKey}`);
  expect(answer.status, answer.text).toBe(200);
}

/** Changes a feature. */
export async function patchFeature(app: Served, featureKey: string, patch: object): Promise<void> {
  const answer = await restCall(app, `PATCH /api/v1/features/${featureKey}`, patch);
  expect(answer.status, answer.text).toBe(200);
}

/** Evaluates by OFREP; without a key, all flags. */
export function evaluate(
  app: Served,
  key: string | undefined,
  context: object | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<RestAnswer> {
  const path = key === undefined ? "" : `/${key}`;
  return restCall(app, `POST /ofrep/v1/evaluate/flags${path}`, { ...(context && { context }) }, headers);
}
