import { expect, test } from "vitest";
import type { Change } from "../../src/domain/change.ts";
import { changeMessage, watchMessage } from "../../src/services/change-message.ts";

const stamp = { revision: 7, time: 1_774_519_200_500, actor: "ada", reason: "pilot", featureKey: "sms_reminders" };
const setting = { enabled: true, expiresAt: 2_000_000_000_000 };
const scheduled = { enabled: false, startsAt: 1_900_000_000_000, expiresAt: undefined };
const override: Change = {
  ...stamp,
  kind: "override",
  orgId: "acme",
  before: { setting: undefined, scheduled },
  after: { setting, scheduled: { ...scheduled, expiresAt: 1_950_000_000_000 } },
};
const off = { description: "", defaultEnabled: false, archived: false };

test("a change of an override says its settings and plans", () => {
  expect(changeMessage(override)).toMatchObject({
    revision: 7n,
    time: { seconds: 1_774_519_200n, nanos: 500_000_000 },
    actor: "ada",
    reason: "pilot",
    orgId: "acme",
    featureKey: "sms_reminders",
    before: { scheduled: { enabled: false, startsAt: { seconds: 1_900_000_000n } } },
    after: {
      enabled: true,
      expiresAt: { seconds: 2_000_000_000n },
      scheduled: { enabled: false, expiresAt: { seconds: 1_950_000_000n } },
    },
    reachesAllWithoutOverride: false,
  });
  const { before } = changeMessage(override);
  expect([before?.enabled, before?.expiresAt, before?.scheduled?.expiresAt]).toEqual([undefined, undefined, undefined]);
});

test.for([
  ["added", undefined, off, true],
  ["removed", off, undefined, true],
  ["given another default", off, { ...off, defaultEnabled: true }, true],
  ["archived", off, { ...off, archived: true }, true],
  ["described anew", off, { ...off, description: "new" }, false],
] as const)("a feature that was %s", ([, before, after, reachesAllWithoutOverride]) => {
  const message = changeMessage({ ...stamp, kind: "feature", before, after });
  expect(message).toMatchObject({ featureKey: "sms_reminders", reachesAllWithoutOverride });
  expect(message.orgId).toBeUndefined();
  expect([message.before?.defaultEnabled, message.after?.defaultEnabled]).toEqual([
    before?.defaultEnabled,
    after?.defaultEnabled,
  ]);
  expect([message.before === undefined, message.after === undefined]).toEqual([
    before === undefined,
    after === undefined,
  ]);
});

test("all who watch are handed the same object for the same change", () => {
  const event = { kind: "change", revision: 7, change: override } as const;
  const message = watchMessage(event);
  expect(message).toMatchObject({ revision: 7n, event: { case: "change", value: { revision: 7n } } });
  expect(watchMessage({ ...event })).toBe(message);
  expect(watchMessage({ ...event, change: { ...override } })).not.toBe(message);
});

test("of a change long told nothing is kept: it is said anew, in the same words", () => {
  const event = { kind: "change", revision: 7, change: override } as const;
  const message = watchMessage(event);
  for (let others = 0; others < 2000; others++) {
    watchMessage({ ...event, change: { ...override } });
  }
  expect(watchMessage(event)).not.toBe(message);
  expect(watchMessage(event)).toEqual(message);
});

test("all who watch are handed the same object while nothing changes", () => {
  const message = watchMessage({ kind: "caughtUp", revision: 7 });
  expect(message).toMatchObject({ revision: 7n, event: { case: undefined } });
  expect(watchMessage({ kind: "caughtUp", revision: 7 })).toBe(message);
  expect(watchMessage({ kind: "caughtUp", revision: 8 })).toMatchObject({ revision: 8n });
  expect(watchMessage({ kind: "caughtUp", revision: 7 })).toEqual(message);
});

test("a snapshot says what there is", () => {
  const feature = { ...off, featureKey: "a", revision: 1, createdAt: 0, updatedAt: 1000 };
  const set = { orgId: "acme", featureKey: "a", enabled: true, expiresAt: undefined, updatedAt: 2000 };
  const snapshot = { features: [feature], overrides: [set], flags: { a: true } };
  expect(watchMessage({ kind: "snapshot", revision: 9, snapshot })).toMatchObject({
    revision: 9n,
    event: {
      case: "snapshot",
      value: {
        features: [{ featureKey: "a", updatedAt: { seconds: 1n } }],
        overrides: [{ orgId: "acme", featureKey: "a", enabled: true, updatedAt: { seconds: 2n } }],
        flags: { a: true },
      },
    },
  });
});
