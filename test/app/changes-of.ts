import { expect } from "vitest";
import type { AppUnderTest } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";

const flags = "/api/v1/org-feature-flags";

/** Sets a flag of an organisation; answers the revision that has it. */
export async function put(
  app: AppUnderTest,
  orgId: string,
  featureKey: string,
  enabled: boolean,
  actor = "ada",
): Promise<number> {
  const body = { feature_key: featureKey, enabled };
  const { headers } = await restCall(app, `PUT ${flags}/${orgId}`, body, { "orgflags-actor": actor });
  return Number(headers.get("orgflags-revision"));
}

/** The revisions of a list of changes, and the token of the next page. */
export async function list(app: AppUnderTest, query: string): Promise<{ revisions: number[]; next: string }> {
  const { status, body } = await restCall(app, `GET /api/v1/changes?${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  // Another test compares the whole body.
  const { changes: found, next_page_token } = body as { changes: { revision: string }[]; next_page_token: string };
  return { revisions: found.map(({ revision }) => Number(revision)), next: next_page_token };
}
