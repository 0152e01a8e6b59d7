import { expect, test } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { expiryActor, migrationActor, scheduleActor } from "../../src/storage/store.ts";
import { openFlags, unchanged, update } from "./open-flags.ts";

const start = 1_800_000_000_000;
const by = (actor: string) => ({ actor, reason: `${actor} had a reason` });

/** `on|off`, from where, since which revision, by whom. */
async function said(flags: Flags): Promise<string> {
  const { enabled, isOverride, since } = await flags.explain("acme", "sms_reminders");
  return `${enabled ? "on" : "off"} by ${isOverride ? "override" : "default"} since ${since?.revision} of ${since?.actor}`;
}

test("a default is explained by who set it, or who added the feature", async () => {
  const { flags } = await openFlags();
  expect(await said(flags)).toBe(`off by default since 3 of ${migrationActor}`);
  await flags.updateFeature("sms_reminders", { ...unchanged, description: "SMS" }, by("ada"));
  expect(await said(flags)).toBe(`off by default since 3 of ${migrationActor}`);
  await flags.updateFeature("sms_reminders", { ...unchanged, defaultEnabled: true }, by("bob"));
  expect(await said(flags)).toBe("on by default since 6 of bob");
});

test("an override is explained by who set it, whatever happens to the default and to others", async () => {
  const { flags } = await openFlags();
  await flags.updateOverrides([update("acme", "sms_reminders", true)], by("ada"));
  await flags.updateOverrides([update("globex", "sms_reminders", false)], by("bob"));
  await flags.updateFeature("sms_reminders", { ...unchanged, defaultEnabled: true }, by("bob"));
  expect(await said(flags)).toBe("on by override since 5 of ada");
  expect((await flags.explain("acme", "sms_reminders")).since).toMatchObject({ reason: "ada had a reason" });
});

test("after a removal it is the later of the removal and the default's last change", async () => {
  const { flags } = await openFlags();
  await flags.updateOverrides([update("acme", "sms_reminders", true)], by("ada"));
  await flags.updateOverrides([update("acme", "sms_reminders")], by("bob"));
  expect(await said(flags)).toBe("off by default since 6 of bob");
  await flags.updateFeature("sms_reminders", { ...unchanged, defaultEnabled: true }, by("eve"));
  expect(await said(flags)).toBe("on by default since 7 of eve");
});

test("a plan explains nothing before it begins; then its beginning does, and then its end", async () => {
  let now = start;
  const { flags } = await openFlags({ clock: () => now });
  const plan = { startsAt: start + 1000, expiresAt: start + 2000 };
  await flags.updateOverrides([update("acme", "sms_reminders", true, plan)], by("ada"));
  expect(await said(flags)).toBe(`off by default since 3 of ${migrationActor}`);
  expect((await flags.explain("acme", "sms_reminders")).override).toEqual({
    setting: undefined,
    scheduled: { enabled: true, ...plan },
  });
  now = start + 1000;
  expect(await said(flags)).toBe(`on by override since 6 of ${scheduleActor}`);
  now = start + 2000;
  expect(await said(flags)).toBe(`off by default since 7 of ${expiryActor}`);
});

test("a plan that is made and dropped leaves the explanation of the override as it is", async () => {
  let now = start;
  const { flags } = await openFlags({ clock: () => now });
  await flags.updateOverrides([update("acme", "sms_reminders", true)], by("ada"));
  await flags.updateOverrides([update("acme", "sms_reminders", false, { startsAt: start + 9000 })], by("bob"));
  now += 1;
  expect(await said(flags)).toBe("on by override since 5 of ada");
});

test("a feature that is archived or not in the catalogue is NOT_FOUND", async () => {
  const { flags } = await openFlags();
  await flags.updateFeature("sms_reminders", { ...unchanged, archived: true }, by("ada"));
  await expect(said(flags)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("is archived"),
  });
  await flags.updateFeature("sms_reminders", { ...unchanged, archived: false }, by("bob"));
  expect(await said(flags)).toBe("off by default since 6 of bob");
  await flags.deleteFeature("sms_reminders", true, by("ada"));
  await expect(said(flags)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await flags.createFeature({ featureKey: "sms_reminders", description: "", defaultEnabled: false }, by("eve"));
  expect(await said(flags)).toBe("off by default since 8 of eve");
});

test("what is no longer in the history is explained without it", async () => {
  const { flags } = await openFlags();
  await flags.updateOverrides([update("acme", "sms_reminders", true)], by("ada"));
  await flags.updateOverrides([update("globex", "sms_reminders", true)], by("ada"));
  await flags.pruneHistory({ maxAgeMs: undefined, maxChanges: 1 });
  const explanation = await flags.explain("acme", "sms_reminders");
  expect(explanation).toMatchObject({ enabled: true, isOverride: true, since: undefined });
});
