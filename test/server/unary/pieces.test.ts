import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../src/server/limits.ts";
import { bothLanes } from "./both-lanes.ts";
import { commonOutcomes } from "./outcomes.ts";
import { type Wire, wires } from "./wire.ts";

const path = "/orgflags.v1.FeatureService/CreateFeature";
const web = "https://app.example.com";

/** Cuts a body into pieces of so many bytes. */
function cut(body: Buffer, bytes: number): readonly Buffer[] {
  const starts = Array.from({ length: Math.ceil(body.length / bytes) }, (_, index) => index * bytes);
  return starts.map((start) => body.subarray(start, start + bytes));
}

/** Each protocol, codec and version of HTTP once. */
const distinct = wires.filter(({ contentType }) => /^application\/(grpc|proto|json)$/.test(contentType));

describe.each(distinct)("$name", ({ http, contentType, encode }: Wire) => {
  const send = bothLanes();
  const headers = { "content-type": contentType };

  test.for([1, 3, 5, 6, 20])("a request in pieces of %i bytes", async (bytes) => {
    const pieces = cut(encode({ featureKey: "sms_reminders", description: "text" }), bytes);
    const { lean, stock, isTaken } = await send(http, { path, headers, pieces });
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });

  test.for([
    ["at the limit", 0],
    ["over the limit", 1000],
  ] as const)("a request of no announced length, %s", async ([, more]) => {
    const description = "x".repeat(defaultLimits.maxBodyBytes - 100 + more);
    const pieces = cut(encode({ featureKey: "a", description }), 100_000);
    const { lean, stock, isTaken } = await send(http, { path, headers, pieces, isChunked: true });
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });

  test("a path with a query", async () => {
    const pieces = [encode({ featureKey: "metadata" })];
    const { lean, stock, isTaken } = await send(http, { path: `${path}?a=%zz`, headers, pieces });
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });
});

describe.each(distinct)("$name, without a guard that maps errors", ({ http, contentType, encode }) => {
  const send = bothLanes({ isGuarded: false });

  test.for(commonOutcomes)("%s", async (key) => {
    const pieces = [encode({ featureKey: key })];
    const { lean, stock, isTaken } = await send(http, { path, headers: { "content-type": contentType }, pieces });
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });
});

describe.each([[["*"]], [[web]], [[]]])("origins %j", (corsOrigins) => {
  describe.each(distinct)("$name", ({ http, contentType, encode }) => {
    const send = bothLanes({ corsOrigins });

    test.for([
      ["no page", "echo", {}],
      ["a page", "echo", { origin: web }],
      ["a page that gets an error", "domain error", { origin: web }],
      ["a page that gets a broken answer", "error with details of another type", { origin: web }],
      ["another page", "echo", { origin: "https://evil.example.com" }],
    ] as const)("a call of %s", async ([, featureKey, origin]) => {
      const headers = { "content-type": contentType, ...origin };
      const { lean, stock, isTaken } = await send(http, { path, headers, pieces: [encode({ featureKey })] });
      expect(lean).toEqual(stock);
      expect(isTaken).toBe(true);
    });
  });
});
