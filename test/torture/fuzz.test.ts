import { expect, test } from "vitest";
import { fuzz } from "./fuzz/fuzz.ts";
import { tortureGround } from "./torture-ground.ts";

test.for(["structure", "bytes"] as const)(
  "ten thousand hostile requests by %s end nothing, leak nothing and meet no internal error",
  { timeout: 120_000 },
  async (kind) => {
    const figures = await fuzz(tortureGround(), kind, 10_000);
    expect(figures).toMatchObject({ requests: 10_000 });
  },
);
