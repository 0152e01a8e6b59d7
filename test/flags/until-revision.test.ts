import { expect, test } from "vitest";
import { call, newFile, openFlags, update } from "./open-flags.ts";

test("a revision that is in memory is not waited for", async () => {
  const { flags } = await openFlags();
  expect(flags.atLeast(flags.revision, 0)).toBeUndefined();
});

test("a commit of another process is there at once when it is asked for", async () => {
  const file = newFile();
  const [here, there] = [await openFlags({ file }), await openFlags({ file })];
  await there.flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  expect(here.flags.atLeast(there.flags.revision, 0)).toBeUndefined();
  expect(here.flags.revision).toBe(there.flags.revision);
});

test("one that is still to come is waited for, whoever writes it", async () => {
  const file = newFile();
  const [here, there] = [await openFlags({ file }), await openFlags({ file })];
  for (const { flags } of [here, there]) {
    const next = here.flags.revision + 1;
    const waiting = here.flags.atLeast(next, 60_000);
    expect(waiting).toBeInstanceOf(Promise);
    await flags.updateOverrides([update("acme", "sms_reminders", flags === here.flags)], call);
    await waiting;
    expect(here.flags.revision).toBe(next);
  }
});

test("one that does not come in time is UNAVAILABLE, with both revisions", async () => {
  const { flags } = await openFlags();
  await expect(flags.atLeast(7, 20)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: "revision 7 is asked for and not there yet: this server is at revision 4",
  });
});

test("a time longer than timers take is waited for all the same", async () => {
  const { flags } = await openFlags();
  const waiting = flags.atLeast(flags.revision + 1, 2 ** 40);
  await flags.updateOverrides([update("acme", "sms_reminders", true)], call);
  expect(await waiting).toBeUndefined();
});

test("a caller who goes away, and flags that are closed, end the waiting", async () => {
  const { flags } = await openFlags();
  const abort = new AbortController();
  const aborted = expect(flags.atLeast(9, 60_000, abort.signal)).rejects.toThrow("gone");
  abort.abort(new Error("gone"));
  await aborted;
  await expect(flags.atLeast(9, 60_000, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
  const closed = expect(flags.atLeast(9, 60_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  flags.close();
  await closed;
  await expect(flags.atLeast(9, 60_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
