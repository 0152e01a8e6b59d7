import type { Started } from "../app.ts";

/** What a started service prints: where it listens, and a few lines to copy. */
export function greeting({ url, adminUrl, demo }: Started): string {
  const rest = `${url}/api/v1/org-feature-flags`;
  const rpc = `${url}/orgflags.v1.OrgFeatureFlagService`;
  // With TLS the client asks for HTTP/2 by itself.
  const buf = `npx buf curl${url.startsWith("https:") ? "" : " --http2-prior-knowledge"}`;
  return `orgflags listening on ${url}

  curl ${rest}/org_812
  curl -X PUT -H 'content-type: application/json' -d '{"feature_key":"sms_reminders","enabled":true}' ${rest}/org_812
  curl -N ${url}/api/v1/changes:watch
  ${buf} -d '{"org_id":"org_812"}' ${rpc}/GetOrgFeatureFlags
  ${buf} --list-methods ${url}

docs: ${url}/docs
metrics: ${adminUrl ?? url}/metrics

The API is described in proto/orgflags/v1, the service in README.md.
${demo ? "The database holds the organisations of the API document.\n" : ""}`;
}
