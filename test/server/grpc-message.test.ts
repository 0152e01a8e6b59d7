import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { plainGrpcMessage } from "../../src/server/grpc-message.ts";
import { startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";

test.for(["a: b, c; d/e?f@g", "100 % sure", "%2C", "Zoë, 😀", "line\nbreak", ""])(
  "%j is plain but for what gRPC escapes",
  (message) => {
    const plain = plainGrpcMessage(encodeURIComponent(message));
    expect(plain).toMatch(/^[\x20-\x7e]*$/);
    expect(decodeURIComponent(plain)).toBe(message);
    expect(plain.replaceAll(/%[0-9A-F]{2}/g, "")).not.toContain("%");
  },
);

test("the clients of gRPC show an error as it was meant", async () => {
  const { url } = await startApp();
  const request = { orgId: "-", featureKey: "sms_reminders" };
  const message =
    'org_id: must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -, beginning with a letter or a digit; got "-"';
  const method = OrgFeatureFlagService.method.checkOrgFeatureFlag;
  await expect(grpcCall(grpcClient(url), method, request)).rejects.toMatchObject({ details: message });
  const client = createClient(OrgFeatureFlagService, createGrpcTransport({ baseUrl: url }));
  await expect(client.checkOrgFeatureFlag(request)).rejects.toMatchObject({ rawMessage: message });
});
