import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { ServiceError } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { type RestAnswer, restCall } from "../rest-call.ts";

const flags = "/api/v1/org-feature-flags";
const features = "/api/v1/features";
const on = { feature_key: "sms_reminders", enabled: true };
const off = { ...on, enabled: false };
// The last revision of a new store.
const first = 4;

function put(app: { url: string }, body: object = on, headers: Record<string, string> = {}): Promise<RestAnswer> {
  return restCall(app, `PUT ${flags}/acme`, body, headers);
}

function revisionOf({ headers }: { headers: Headers }): string | null {
  return headers.get("orgflags-revision");
}

const transports = {
  "Connect over HTTP/1.1": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect GET": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  "Connect over HTTP/2, binary": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl }),
  "gRPC-Web": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

describe("every answer carries orgflags-revision", () => {
  test.for(Object.entries(transports))("over %s: reads, writes, streams and errors", async ([, transport]) => {
    const { url } = await startApp();
    const seen: Record<string, string | null> = {};
    const note = (what: string) => (header: Headers) => {
      seen[what] = header.get("orgflags-revision");
    };
    const client = createClient(OrgFeatureFlagService, transport(url));
    const changes = createClient(ChangeService, transport(url));
    const flag = { orgId: "acme", featureKey: "sms_reminders" };
    await client.checkOrgFeatureFlag(flag, { onHeader: note("read") });
    await client.updateOrgFeatureFlag({ ...flag, enabled: true }, { onHeader: note("write") });
    for await (const message of changes.watchChanges({}, { onHeader: note("stream") })) {
      expect(message.revision).toBe(5n);
      break;
    }
    const refusal = await client.checkOrgFeatureFlag({ ...flag, orgId: "-" }).catch(ConnectError.from);
    expect(refusal).toMatchObject({ code: Code.InvalidArgument });
    const stream = changes.watchChanges({ fromRevision: 99n })[Symbol.asyncIterator]();
    const late = await stream.next().catch(ConnectError.from);
    expect(late).toMatchObject({ code: Code.OutOfRange });
    // As just expected: both are errors of Connect.
    for (const [what, error] of Object.entries({ refusal, late }) as [string, ConnectError][]) {
      note(what)(error.metadata);
    }
    expect(seen).toEqual({
      read: "4",
      write: "5",
      stream: "5",
      refusal: "5",
      late: expect.stringMatching(/^5(, 5)?$/),
    });
  });

  test("over REST: reads, writes, streams, 304 and errors", async () => {
    const app = await startApp();
    const path = `${flags}/acme/sms_reminders`;
    const read = await restCall(app, `GET ${path}`);
    expect(revisionOf(read)).toBe("4");
    const held = await restCall(app, `GET ${path}`, undefined, { "if-none-match": read.headers.get("etag") ?? "" });
    expect([held.status, revisionOf(held)]).toEqual([304, "4"]);
    expect(revisionOf(await put(app))).toBe("5");
    expect(revisionOf(await put(app, { ...on, feature_key: "-" }))).toBe("5");
    expect(revisionOf(await restCall(app, `HEAD ${path}`))).toBe("5");
    const stream = await fetch(`${app.url}/api/v1/changes:watch`);
    expect(revisionOf(stream)).toBe("5");
    await stream.body?.cancel();
    expect(revisionOf(await restCall(app, "GET /api/v1/changes:watch?from_revision=99"))).toBe("5");
  });

  test("and grpc-js finds that of an error in its trailers", async () => {
    const { url } = await startApp();
    const { checkOrgFeatureFlag } = OrgFeatureFlagService.method;
    const call = grpcCall(grpcClient(url), checkOrgFeatureFlag, { orgId: "-", featureKey: "a" });
    const { metadata }: ServiceError = await call.then(
      () => expect.fail("the call was answered"),
      (error) => error,
    );
    expect(metadata.get("orgflags-revision")).toEqual(["4"]);
  });

  test("and web pages may read it", async () => {
    const app = await startApp();
    const { headers } = await restCall(app, `GET ${flags}/acme`, undefined, { origin: "https://app.example" });
    expect(headers.get("access-control-expose-headers")).toContain("orgflags-revision");
  });
});

describe("a read that sends orgflags-min-revision", () => {
  const read = (app: { url: string }, revision: number, headers: Record<string, string> = {}) =>
    restCall(app, `GET ${flags}/acme/sms_reminders`, undefined, {
      "orgflags-min-revision": String(revision),
      ...headers,
    });

  test("is answered at once by who has it", async () => {
    const app = await startApp();
    await put(app);
    expect((await read(app, first + 1)).body).toMatchObject({ enabled: true });
  });

  test("waits for what another process is going to write", async () => {
    const app = await startApp();
    const other = await startApp({ databaseFile: app.databaseFile });
    let isWritten = false;
    const reads = Promise.all(
      Array.from({ length: 10 }, async () => {
        const answer = await read(app, first + 1, { "x-server-timeout": "20" });
        return { isWritten, answer };
      }),
    );
    // The reads are under way when this one, sent after them, is answered.
    await restCall(app, `GET ${flags}/acme/sms_reminders`);
    isWritten = true;
    await put(other);
    for (const { isWritten: wasWritten, answer } of await reads) {
      expect({ wasWritten, body: answer.body }).toMatchObject({ wasWritten: true, body: { enabled: true } });
      expect(Number(revisionOf(answer))).toBeGreaterThan(first);
    }
  });

  test("is UNAVAILABLE after a second, or within the deadline, and names both revisions", async () => {
    const app = await startApp();
    const began = performance.now();
    const { status, body } = await read(app, 99);
    const message = "revision 99 is asked for and not there yet: this server is at revision 4";
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 14, message } });
    expect(performance.now() - began).toBeGreaterThan(900);
    const soon = await read(app, 99, { "x-server-timeout": "0.3" });
    expect({ status: soon.status, body: soon.body }).toMatchObject({ status: 503, body: { message } });
    const client = createClient(OrgFeatureFlagService, createGrpcTransport({ baseUrl: app.url }));
    // The deadline is told to the server alone, so that the client's own timer is not in the race.
    const headers = { "orgflags-min-revision": "99", "grpc-timeout": "500m" };
    const flag = { orgId: "acme", featureKey: "sms_reminders" };
    const refused = client.checkOrgFeatureFlag(flag, { headers });
    await expect(refused).rejects.toMatchObject({ code: Code.Unavailable, rawMessage: message });
  });

  test("also begins a watch no earlier", async () => {
    const app = await startApp();
    const client = createClient(ChangeService, createGrpcTransport({ baseUrl: app.url }));
    const headers = { "orgflags-min-revision": String(first + 1) };
    const stream = client.watchChanges({ snapshot: true, orgId: "acme" }, { headers })[Symbol.asyncIterator]();
    const message = stream.next();
    await put(app);
    const { value } = await message;
    expect(value).toMatchObject({
      revision: 5n,
      event: { case: "snapshot", value: { flags: { sms_reminders: true } } },
    });
    await stream.return?.();
  });

  test("is refused where that is no revision", async () => {
    const app = await startApp();
    const answer = await restCall(app, `GET ${flags}/acme`, undefined, { "orgflags-min-revision": "latest" });
    expect(answer).toMatchObject({
      status: 400,
      body: { details: [{ field_violations: [{ field: "orgflags-min-revision" }] }] },
    });
  });
});

describe("a write on a condition", () => {
  const abortedBy = async (answer: Promise<RestAnswer>) => {
    const { status, body } = await answer;
    return { status, code: body.code, message: body.message };
  };

  test("orgflags-if-revision is made where the organisation's last change is that one", async () => {
    const app = await startApp();
    expect((await put(app, on, { "orgflags-if-revision": "0" })).status).toBe(200);
    await restCall(app, `PUT ${flags}/globex`, on);
    await restCall(app, `PATCH ${features}/sms_reminders`, { description: "of nobody" });
    expect((await put(app, off, { "orgflags-if-revision": String(first + 1) })).status).toBe(200);
    expect(await abortedBy(put(app, on, { "orgflags-if-revision": String(first + 1) }))).toEqual({
      status: 409,
      code: 10,
      message: 'orgflags-if-revision: the last change of the organisation "acme" is revision 8, not 5',
    });
    expect((await restCall(app, `GET ${flags}/acme/sms_reminders`)).body).toMatchObject({ enabled: false });
    const feature = restCall(app, `DELETE ${features}/sms_reminders`, undefined, { "orgflags-if-revision": "8" });
    expect(await abortedBy(feature)).toMatchObject({ status: 400, code: 3 });
  });

  /** An entity tag of a path, as a client that reads before it writes has it. */
  const tag = async (app: AppUnderTest, path: string, headers: Record<string, string> = {}) =>
    (await restCall(app, `GET ${path}`, undefined, headers)).headers.get("etag") ?? "";

  test.for([
    ["a flag", `${flags}/acme/sms_reminders`, `DELETE ${flags}/acme/sms_reminders`, undefined],
    ["a flag", `${flags}/acme/sms_reminders`, `PUT ${flags}/acme`, off],
    ["an organisation", `${flags}/acme`, `DELETE ${flags}/acme`, undefined],
    ["a feature", `${features}/sms_reminders`, `PATCH ${features}/sms_reminders`, { default_enabled: false }],
    ["a feature", `${features}/sms_reminders`, `DELETE ${features}/sms_reminders?force=true`, undefined],
  ] as const)("If-Match is made where %s is as it was read: %s, %s", async ([, path, line, body]) => {
    const app = await startApp();
    await put(app);
    const stale = await tag(app, path);
    await put(app, off);
    await restCall(app, `PATCH ${features}/sms_reminders`, { default_enabled: true, description: "new" });
    await put(app, off);
    const refused = await restCall(app, line, body, { "if-match": stale });
    const failure = {
      "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
      violations: [{ type: "IF_MATCH", subject: "If-Match", description: refused.body.message }],
    };
    expect(refused).toMatchObject({ status: 412, body: { code: 10, details: [failure] } });
    expect(refused.body.message).toMatch(/^If-Match: the .* has the version ".*", which is not what was asked for/);
    const weak = await restCall(app, line, body, { "if-match": `W/${await tag(app, path)}` });
    expect(weak.status).toBe(412);
    const fresh = await restCall(app, line, body, { "if-match": `${stale}, ${await tag(app, path)}` });
    expect({ status: fresh.status, body: fresh.body }).toMatchObject({ status: 200 });
  });

  test("If-Match takes the tag of a compressed answer", async () => {
    const app = await startApp();
    const description = "long ".repeat(300).slice(0, 1024);
    await restCall(app, `PATCH ${features}/sms_reminders`, { description });
    const path = `${features}/sms_reminders`;
    const coded = await tag(app, path, { "accept-encoding": "gzip" });
    expect(coded).toMatch(/-gzip"$/);
    const answer = await restCall(app, `PATCH ${path}`, { description: "short" }, { "if-match": coded });
    expect(answer.status).toBe(200);
  });

  test("If-Match: * asks that there is something", async () => {
    const app = await startApp();
    const any = { "if-match": "*" };
    expect((await restCall(app, `PATCH ${features}/unknown`, { archived: true }, any)).status).toBe(412);
    expect((await put(app, on, any)).status).toBe(200);
    expect((await put(app, on, { "if-match": "on" })).body).toMatchObject({
      code: 3,
      details: [{ field_violations: [{ field: "If-Match" }] }],
    });
    const batch = { updates: [{ org_id: "acme", ...off }] };
    const answer = await restCall(app, `POST ${flags}:batchUpdate`, batch, any);
    expect(answer).toMatchObject({ status: 400, body: { details: [{ field_violations: [{ field: "If-Match" }] }] } });
  });

  test("of many at once exactly one is made", async () => {
    const app = await startApp();
    const other = await startApp({ databaseFile: app.databaseFile });
    const writes = Array.from({ length: 32 }, (_, i) => {
      const body = { ...on, feature_key: `feature_${i}` };
      return put(i % 2 === 0 ? app : other, body, { "orgflags-if-revision": "0" });
    });
    const statuses = (await Promise.all(writes)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 31 }, () => 409)]);
  });
});
