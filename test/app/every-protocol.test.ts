import { type DescMethodUnary, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { restCall } from "../rest-call.ts";

const flags = "/api/v1/org-feature-flags";
const change = ChangeService.method;
const feature = FeatureService.method;
const org = OrgFeatureFlagService.method;

/** A read as a message and as a request of REST; `field` is what of the message REST answers alone. */
interface Read {
  readonly rpc: DescMethodUnary;
  readonly request: JsonObject;
  readonly rest: string;
  readonly field?: string;
}

const reads: readonly Read[] = [
  { rpc: change.listChanges, request: { org_id: "acme", page_size: 3 }, rest: "/changes?org_id=acme&page_size=3" },
  { rpc: change.listChanges, request: { oldest_first: true }, rest: "/changes?oldest_first=true" },
  { rpc: change.getChange, request: { revision: "6" }, rest: "/changes/6", field: "change" },
  { rpc: feature.listFeatures, request: { page_size: 2 }, rest: "/features?page_size=2" },
  {
    rpc: feature.getFeature,
    request: { feature_key: "sms_reminders" },
    rest: "/features/sms_reminders",
    field: "feature",
  },
  { rpc: feature.listFeatureOrgs, request: { feature_key: "sms_reminders" }, rest: "/features/sms_reminders/orgs" },
  { rpc: org.getOrgFeatureFlagsAt, request: { org_id: "acme", revision: "5" }, rest: "/orgs/acme/flags?revision=5" },
  { rpc: org.getOrgFeatureFlagsAt, request: { org_id: "acme" }, rest: "/orgs/acme/flags" },
  {
    rpc: org.diffOrgFeatureFlags,
    request: { org_id: "acme", other_org_id: "globex", other_revision: "4" },
    rest: "/orgs/acme/flags:diff?other_org_id=globex&other_revision=4",
  },
  {
    rpc: org.explainOrgFeatureFlag,
    request: { org_id: "acme", feature_key: "sms_reminders" },
    rest: "/orgs/acme/features/sms_reminders/explain",
  },
];

const transports: readonly ((baseUrl: string) => Transport)[] = [
  (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  (baseUrl) => createGrpcTransport({ baseUrl }),
  (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
];

test.for(reads)("$rpc.name answers the same by every protocol: $rest", async ({ rpc, request, rest, field }) => {
  const app = await startApp();
  const setting = { feature_key: "sms_reminders", enabled: true, expires_at: "2999-01-01T00:00:00Z" };
  await restCall(app, `PUT ${flags}/acme`, setting, { "orgflags-actor": "ada" });
  await restCall(app, `PUT ${flags}/acme`, { ...setting, enabled: false, starts_at: "2998-01-01T00:00:00.25Z" });
  const { status, body } = await restCall(app, `GET /api/v1${rest}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  const message = fromJson(rpc.input, request);
  const inAll = [await grpcCall(grpcClient(app.url), rpc, message)];
  for (const transport of transports) {
    inAll.push((await transport(app.url).unary(rpc, undefined, undefined, undefined, message)).message);
  }
  for (const answer of inAll) {
    // A message is an object in JSON.
    const json = toJson(rpc.output, answer, { useProtoFieldName: true, alwaysEmitImplicit: true }) as JsonObject;
    expect(field === undefined ? json : json[field]).toEqual(body);
  }
});
