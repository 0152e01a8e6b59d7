import { describe, expect, test } from "vitest";
import { bothLanes } from "./both-lanes.ts";
import { commonOutcomes } from "./outcomes.ts";
import { wires } from "./wire.ts";

const path = "/orgflags.v1.FeatureService/CreateFeature";

const metadata = { "x-multi": "a, b", "x-data-bin": "AAECAw==", "X-Case": " padded\t", cookie: "a=1; b=2" };

describe.each(wires)("$name", ({ http, contentType, accepts, timeout, encode }) => {
  const send = bothLanes();

  const headers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["no more headers than it needs", {}],
    ["metadata", metadata],
    ["a compression to answer with", { [accepts]: "identity,deflate,gzip" }],
    ["a deadline", { [timeout]: timeout === "grpc-timeout" ? "50m" : "50", ...metadata }],
  ];

  const keys = ["echo", ...commonOutcomes];
  const cases = keys.flatMap((key) => headers.map(([name, sent]) => ({ key, name, sent })));

  test.for(cases)("$key, with $name", async ({ key, sent }) => {
    const body = encode({ featureKey: key, description: "d", defaultEnabled: true });
    const call = { path, headers: { "content-type": contentType, ...sent }, pieces: [body] };
    const { lean, stock, isTaken } = await send(http, call);
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });
});
