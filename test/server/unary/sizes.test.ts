import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../src/server/limits.ts";
import { bothLanes } from "./both-lanes.ts";
import { type Wire, wires } from "./wire.ts";

const path = "/orgflags.v1.FeatureService/CreateFeature";
const { maxBodyBytes } = defaultLimits;

/** A request whose message has exactly so many bytes, as the limit counts them. */
function sized({ encode, protocol }: Wire, bytes: number): Buffer {
  const prefix = protocol === "gRPC" ? 5 : 0;
  const close = encode({ featureKey: "a", description: "x".repeat(bytes - 100) });
  return encode({ featureKey: "a", description: "x".repeat(bytes - 100 + bytes + prefix - close.length) });
}

const compressions = ["", "gzip", "br", "identity", "deflate", "gzip;q=0", " br , gzip", "identity,deflate,gzip"];

describe.each(wires)("$name", (wire) => {
  const send = bothLanes();

  test.for([
    ["of no bytes", 0],
    ["below the size from which answers are compressed", 1000],
    ["just above it", 1100],
    ["of some frames", 100_000],
    ["as large as can be", maxBodyBytes],
    ["larger by a byte", maxBodyBytes + 1],
    ["twice as large", 2 * maxBodyBytes],
  ] as const)("a message %s", async ([, bytes]) => {
    const body = bytes === 0 ? wire.encode({}) : sized(wire, bytes);
    const call = { path, headers: { "content-type": wire.contentType }, pieces: [body] };
    const { lean, stock, isTaken } = await send(wire.http, call);
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });

  test.for(compressions.flatMap((accepted) => [500, 5000].map((bytes) => [accepted, bytes] as const)))(
    "taking %j, a message of %i bytes",
    async ([accepted, bytes]) => {
      const headers = { "content-type": wire.contentType, [wire.accepts]: accepted };
      const { lean, stock, isTaken } = await send(wire.http, { path, headers, pieces: [sized(wire, bytes)] });
      expect(lean).toEqual(stock);
      expect(isTaken).toBe(true);
    },
  );

  test("an error of which the details are compressed", async () => {
    const headers = { "content-type": wire.contentType, [wire.accepts]: "gzip" };
    const call = { path, headers, pieces: [wire.encode({ featureKey: "error with details" })] };
    const { lean, stock, isTaken } = await send(wire.http, call);
    expect(lean).toEqual(stock);
    expect(isTaken).toBe(true);
  });
});
