import { expect, test } from "vitest";
import type { OverrideState } from "../../src/domain/override.ts";
import { settledAt } from "../../src/domain/past.ts";

const on = (expiresAt?: number) => ({ enabled: true, expiresAt });
const off = { enabled: false, expiresAt: undefined };
const plan = (startsAt: number, expiresAt?: number) => ({ enabled: true, startsAt, expiresAt });

test.for<readonly [what: string, state: OverrideState, settled: OverrideState]>([
  [
    "a setting holds before its end",
    { setting: on(101), scheduled: undefined },
    { setting: on(101), scheduled: undefined },
  ],
  [
    "a setting has ended at its end",
    { setting: on(100), scheduled: undefined },
    { setting: undefined, scheduled: undefined },
  ],
  ["a setting without an end holds", { setting: on(), scheduled: undefined }, { setting: on(), scheduled: undefined }],
  ["a plan waits before its beginning", { setting: off, scheduled: plan(101) }, { setting: off, scheduled: plan(101) }],
  [
    "a setting ends before the plan that waits",
    { setting: on(99), scheduled: plan(101) },
    { setting: undefined, scheduled: plan(101) },
  ],
  [
    "a plan has begun at its beginning",
    { setting: off, scheduled: plan(100, 101) },
    { setting: on(101), scheduled: undefined },
  ],
  [
    "a plan has begun and ended",
    { setting: off, scheduled: plan(98, 99) },
    { setting: undefined, scheduled: undefined },
  ],
  [
    "a plan outlives the end of the setting it replaced",
    { setting: { enabled: false, expiresAt: 99 }, scheduled: plan(98) },
    { setting: on(), scheduled: undefined },
  ],
])("at 100 %s", ([, state, settled]) => {
  const { overrides } = settledAt({ features: new Map(), overrides: new Map([["beta", state]]) }, 100);
  expect(overrides.get("beta")).toEqual(settled);
});
