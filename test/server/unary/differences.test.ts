import { describe, expect, test } from "vitest";
import { bothLanes } from "./both-lanes.ts";
import { wires } from "./wire.ts";

/** All that a client can tell the unary lane from connect-node by. */
const differences = {
  "connection headers": "headers of the connection are not an implementation's to send",
} as const;

describe(differences["connection headers"], () => {
  const send = bothLanes();
  const path = "/orgflags.v1.FeatureService/CreateFeature";

  // What connect-node does: HTTP/1.1 has them in the answer, and over HTTP/2 there is no answer at all.
  const stockShows = { "1.1": "keep-alive: timeout=1", "2": '"headers":[]' } as const;

  test.for(wires)("$name", async ({ http, contentType, encode }) => {
    const pieces = [encode({ featureKey: "headers of the connection" })];
    const { lean, stock } = await send(http, { path, headers: { "content-type": contentType }, pieces });
    expect(JSON.stringify(lean)).toContain("x-kept");
    expect(JSON.stringify(lean)).not.toContain("keep-alive");
    expect(JSON.stringify(stock)).toContain(stockShows[http]);
  });
});
