import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { list, put } from "./changes-of.ts";

const flags = "/api/v1/org-feature-flags";
const features = "/api/v1/features";
const changes = "/api/v1/changes";
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
// A new store begins with the four features of the document.
const firstFree = 5;

describe("ListChanges", () => {
  test("tells of changes to and fro as they were made, the newest first", async () => {
    const app = await startApp();
    const headers = { "orgflags-actor": "ada", "orgflags-reason": "pilot" };
    await restCall(app, `PUT ${flags}/acme`, { feature_key: "sms_reminders", enabled: true }, headers);
    await restCall(app, `PATCH ${features}/sms_reminders`, { default_enabled: true });
    await restCall(app, `DELETE ${flags}/acme/sms_reminders`, undefined, { "orgflags-actor": "bob" });
    const { body } = await restCall(app, `GET ${changes}?min_revision=${firstFree}`);
    const feature = { description: expect.any(String), archived: false };
    expect(body).toEqual({
      changes: [
        {
          revision: "7",
          time,
          actor: "bob",
          reason: "",
          org_id: "acme",
          feature_key: "sms_reminders",
          before: { enabled: true },
          reaches_all_without_override: false,
        },
        {
          revision: "6",
          time,
          actor: "anonymous",
          reason: "",
          feature_key: "sms_reminders",
          before: { ...feature, default_enabled: false },
          after: { ...feature, default_enabled: true },
          reaches_all_without_override: true,
        },
        {
          revision: "5",
          time,
          actor: "ada",
          reason: "pilot",
          org_id: "acme",
          feature_key: "sms_reminders",
          after: { enabled: true },
          reaches_all_without_override: false,
        },
      ],
      next_page_token: "",
    });
  });

  test("filters by organisation, feature, actor, revisions and times, all at once", async () => {
    const app = await startApp();
    await put(app, "acme", "sms_reminders", true, "ada");
    await put(app, "globex", "sms_reminders", true, "bob");
    await put(app, "acme", "multi_template", true, "bob");
    await put(app, "acme", "sms_reminders", false, "bob");
    const since = `min_revision=${firstFree}`;
    // Those of features reach every organisation.
    expect((await list(app, "org_id=acme")).revisions).toEqual([8, 7, 5, 4, 3, 2, 1]);
    expect((await list(app, `${since}&feature_key=sms_reminders`)).revisions).toEqual([8, 6, 5]);
    expect((await list(app, `${since}&actor=bob`)).revisions).toEqual([8, 7, 6]);
    expect((await list(app, `${since}&org_id=acme&feature_key=sms_reminders&actor=bob`)).revisions).toEqual([8]);
    expect((await list(app, "min_revision=6&max_revision=7")).revisions).toEqual([7, 6]);
    expect((await list(app, "min_revision=6&oldest_first=true")).revisions).toEqual([6, 7, 8]);
    expect((await list(app, "end_time=2000-01-01T00:00:00Z")).revisions).toEqual([]);
    expect((await list(app, "start_time=9999-01-01T00:00:00Z")).revisions).toEqual([]);
    const { body } = await restCall(app, `GET ${changes}/7`);
    expect((await list(app, `start_time=${body.time}&${since}`)).revisions).toContain(7);
    expect((await list(app, `end_time=${body.time}`)).revisions).not.toContain(7);
  });

  test.for([
    ["oldest_first=false", [9, 8, 7, 6, 5]],
    ["oldest_first=true", [5, 6, 7, 8, 9]],
    ["oldest_first=false&max_revision=8", [8, 7, 6, 5]],
    ["oldest_first=true&max_revision=8", [5, 6, 7, 8]],
  ] as const)("goes on page by page while others write: %s", async ([order, expected]) => {
    const app = await startApp();
    for (let i = 0; i < 5; i++) {
      await put(app, `org${i}`, "sms_reminders", true);
    }
    const seen: number[] = [];
    for (let token = ""; seen.length < 20; ) {
      const query = `${order}&page_size=2&feature_key=sms_reminders&min_revision=${firstFree}&page_token=${token}`;
      const { revisions, next } = await list(app, query);
      seen.push(...revisions);
      token = next;
      if (token === "") {
        break;
      }
      await put(app, "later", "multi_template", seen.length % 4 === 0);
    }
    expect(seen).toEqual(expected);
  });

  test.for([
    ["page_size=0", "page_size: must be 1 to 1,000; got 0"],
    ["page_size=1001", "page_size: must be 1 to 1,000; got 1001"],
    ["page_token=!!", "page_token: must be a next_page_token that this server answered, or absent"],
    // "feature", "0" and 2^53 in base64url.
    ["page_token=ZmVhdHVyZQ", "page_token: must be a next_page_token that this server answered, or absent"],
    ["page_token=MA", "page_token: must be a next_page_token that this server answered, or absent"],
    ["page_token=OTAwNzE5OTI1NDc0MDk5Mg", "page_token: must be a next_page_token that this server answered, or absent"],
    ["actor=", "actor: must be 1 to 256 bytes, as an actor is; got 0"],
    [`actor=${"a".repeat(257)}`, "actor: must be 1 to 256 bytes, as an actor is; got 257"],
    ["min_revision=-1", "min_revision: must be 0 to 9,007,199,254,740,991; got -1"],
    ["max_revision=9007199254740992", "max_revision: must be 0 to 9,007,199,254,740,991; got 9007199254740992"],
    ["min_revision=3&max_revision=2", "max_revision: must not be less than min_revision, 3; got 2"],
    ["start_time=2026-01-02T00:00:00Z&end_time=2026-01-01T00:00:00Z", "end_time: must not be before start_time"],
    [
      "org_id=",
      'org_id: must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -, beginning with a letter or a digit; got ""',
    ],
  ])("refuses %s by its field", async ([query, message]) => {
    const { status, body } = await restCall(await startApp(), `GET ${changes}?${query}`);
    expect({ status, message: body.message }).toEqual({ status: 400, message });
    const [field = ""] = (message ?? "").split(":");
    expect(body.details).toMatchObject([{ field_violations: [{ field }] }]);
  });

  test("refuses a time of a binary message that is none", async () => {
    const { url } = await startApp();
    const client = createClient(
      ChangeService,
      createConnectTransport({ baseUrl: url, httpVersion: "1.1", useBinaryFormat: true }),
    );
    const seconds = 253_402_300_800n;
    await expect(
      client.listChanges({ startTime: { seconds, nanos: 0 }, endTime: { seconds: 0n, nanos: -1 } }),
    ).rejects.toThrow(
      /start_time: must be a time .*; got 253402300800 s and 0 ns; end_time: must be a time .*; got 0 s and -1 ns/,
    );
  });
});
