// Connect's stock adapter for Node, with a handler that looks the answer up in maps.
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { Seed } from "../seed.ts";
import { FlagMaps } from "./flag-maps.ts";
import { listen, subjectArgument } from "./subject-arguments.ts";

/** What it holds, and the version of HTTP that it speaks. */
export interface ConnectNodeSubject {
  readonly seed: Seed;
  readonly http: 1 | 2;
}

const { seed, http } = subjectArgument<ConnectNodeSubject>();
const maps = new FlagMaps(seed);

function routes(router: ConnectRouter): void {
  router.service(OrgFeatureFlagService, {
    checkOrgFeatureFlag({ orgId, featureKey }) {
      const enabled = maps.check(orgId, featureKey);
      if (enabled === undefined) {
        throw new ConnectError(`no feature "${featureKey}"`, Code.NotFound);
      }
      return { orgId, featureKey, enabled };
    },
  });
}

const handler = connectNodeAdapter({ routes });
listen(http === 1 ? createServer({ noDelay: true }, handler) : createHttp2Server(handler));
