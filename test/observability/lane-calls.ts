import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { restCall } from "../rest-call.ts";

const { checkOrgFeatureFlag } = OrgFeatureFlagService.method;

/** A check by one of the lanes; one of a feature that is not there is an error, which is not thrown. */
export interface LaneCall {
  readonly lane: string;
  readonly service: string;
  readonly method: string;
  check(url: string, featureKey: string, headers?: Readonly<Record<string, string>>): Promise<Headers>;
}

/** One call of each lane, those that connect-node serves and those that have a quicker way. */
export const laneCalls: readonly LaneCall[] = [
  {
    ...methodOf("rest"),
    async check(url, featureKey, headers) {
      const line = `GET /api/v1/org-feature-flags/acme/${featureKey}`;
      return (await restCall({ url }, line, undefined, headers)).headers;
    },
  },
  byTransport("connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })),
  byTransport("connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true })),
  byTransport("grpc", (baseUrl) => createGrpcTransport({ baseUrl })),
  byTransport("grpc-web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })),
  {
    lane: "ofrep",
    service: "ofrep",
    method: "EvaluateFlag",
    async check(url, featureKey, headers) {
      const context = { context: { targetingKey: "acme" } };
      return (await restCall({ url }, `POST /ofrep/v1/evaluate/flags/${featureKey}`, context, headers)).headers;
    },
  },
];

function methodOf(lane: string) {
  return { lane, service: checkOrgFeatureFlag.parent.typeName, method: checkOrgFeatureFlag.name };
}

function byTransport(lane: string, create: (baseUrl: string) => Transport): LaneCall {
  return {
    ...methodOf(lane),
    async check(url, featureKey, headers) {
      const message = { orgId: "acme", featureKey };
      const call = create(url).unary(checkOrgFeatureFlag, undefined, undefined, headers, message);
      return call.then(
        ({ header }) => header,
        ({ metadata }) => metadata,
      );
    },
  };
}
