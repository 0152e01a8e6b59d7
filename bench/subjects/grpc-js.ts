// A server of @grpc/grpc-js, with a handler that looks the answer up in maps and the same generated messages.
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import {
  type CheckOrgFeatureFlagRequest,
  type CheckOrgFeatureFlagResponse,
  CheckOrgFeatureFlagResponseSchema,
  OrgFeatureFlagService,
} from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { procedurePath } from "../../src/rpc/procedure.ts";
import type { Seed } from "../seed.ts";
import { FlagMaps } from "./flag-maps.ts";
import { announce, subjectArgument } from "./subject-arguments.ts";

const maps = new FlagMaps(subjectArgument<Seed>());
const method = OrgFeatureFlagService.method.checkOrgFeatureFlag;

const check: handleUnaryCall<CheckOrgFeatureFlagRequest, CheckOrgFeatureFlagResponse> = ({ request }, callback) => {
  const { orgId, featureKey } = request;
  const enabled = maps.check(orgId, featureKey);
  if (enabled === undefined) {
    callback({ code: status.NOT_FOUND, details: `no feature "${featureKey}"` });
  } else {
    callback(null, create(CheckOrgFeatureFlagResponseSchema, { orgId, featureKey, enabled }));
  }
};

function codec<D extends DescMessage>(desc: D) {
  return {
    write: (message: MessageShape<D>) => Buffer.from(toBinary(desc, message)),
    read: (bytes: Buffer) => fromBinary(desc, bytes),
  };
}

const input = codec(method.input);
const output = codec(method.output);
const server = new Server();
server.addService(
  {
    check: {
      path: procedurePath(method),
      requestStream: false,
      responseStream: false,
      requestSerialize: input.write,
      requestDeserialize: input.read,
      responseSerialize: output.write,
      responseDeserialize: output.read,
    },
  },
  { check },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  announce(port);
});
