import { create } from "@bufbuild/protobuf";
import { createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import {
  FetchAllFlagsRequestSchema,
  FlagSyncService,
  SyncFlagsRequestSchema,
} from "../../gen/flagd/sync/v1/sync_pb.ts";
import type { Scope } from "../../src/domain/access.ts";
import type { Flags } from "../../src/flags/flags.ts";
import { flagdEvents } from "../../src/openfeature/flagd-events.ts";
import { flagdSync } from "../../src/openfeature/flagd-sync.ts";
import { setCaller } from "../../src/rpc/caller.ts";
import { call, openFlags, update } from "../flags/open-flags.ts";

const ofAcme: Scope = { orgIds: new Set(["acme"]), featureKeys: undefined };
const ofGlobex: Scope = { orgIds: new Set(["globex"]), featureKeys: undefined };
const ofSms: Scope = { orgIds: undefined, featureKeys: new Set(["sms_reminders"]) };

/** Calls as somebody; streams end when the test is over. */
function callAs(scope: Scope): HandlerContext {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const context = createHandlerContext({
    service: FlagSyncService,
    method: FlagSyncService.method.fetchAllFlags,
    protocolName: "grpc",
    requestMethod: "POST",
    url: "http://localhost/",
    requestSignal: ended.signal,
  });
  setCaller(context, { name: "eve", role: "viewer", scope });
  return context;
}

async function withOverrides(): Promise<Flags> {
  const { flags } = await openFlags();
  const own = [update("acme", "sms_reminders", true), update("acme", "multi_template", true)];
  await flags.updateOverrides([...own, update("globex", "sms_reminders", false)], call);
  return flags;
}

/** The organisations of each flag of a document. */
function audience(document: string | undefined): Record<string, readonly string[]> {
  const { flags } = JSON.parse(document ?? "");
  const entries = Object.entries<{ targeting: { if: { in: [unknown, string[]] }[] } }>(flags);
  return Object.fromEntries(
    entries.map(([key, { targeting }]) => [
      key,
      [...(targeting.if[0]?.in[1] ?? []), ...(targeting.if[2]?.in[1] ?? [])],
    ]),
  );
}

const nobody = { driver_declarations: [], encrypted_storage: [] };

test.for([
  [ofAcme, { ...nobody, sms_reminders: ["acme"], multi_template: ["acme"] }],
  [ofGlobex, { ...nobody, sms_reminders: ["globex"], multi_template: [] }],
  [ofSms, { sms_reminders: ["acme", "globex"] }],
] as const)("definitions of all organisations are of the scope alone: %#", async ([scope, expected]) => {
  const service = flagdSync(await withOverrides(), "targeting-key");
  for (const each of [scope, { ...scope }]) {
    const { flagConfiguration } = await service.fetchAllFlags(create(FetchAllFlagsRequestSchema), callAs(each));
    expect(audience(flagConfiguration)).toEqual(expected);
  }
});

test("definitions that are followed change with what is in scope, and with nothing else", async () => {
  const flags = await withOverrides();
  const service = flagdSync(flags, "targeting-key");
  const follow = (scope: Scope) =>
    service.syncFlags(create(SyncFlagsRequestSchema), callAs(scope))[Symbol.asyncIterator]();
  const streams = [follow(ofAcme), follow(ofGlobex), follow(ofAcme)];
  const next = async (at: number) => audience((await streams[at]?.next())?.value?.flagConfiguration).sms_reminders;
  expect([await next(0), await next(1), await next(2)]).toEqual([["acme"], ["globex"], ["acme"]]);
  const waiting = streams.map((_, at) => next(at));
  await flags.updateOverrides([update("initech", "sms_reminders", true)], call);
  await flags.deleteOverrides("globex", call);
  expect(await waiting[1]).toEqual([]);
  await flags.deleteOverrides("acme", call);
  // Had they been told of the others, that document would have come first.
  expect([await waiting[0], await waiting[2]]).toEqual([[], []]);
  // Whoever joins later has it as it is, however old the last change in scope.
  streams.push(follow(ofAcme));
  expect(await next(3)).toEqual([]);
});

test("events name the flags in scope, for changes that are in scope", async () => {
  const flags = await withOverrides();
  const events = (scope: Scope) => flagdEvents(flags, scope, callAs(scope).signal);
  const [acme, sms] = [events(ofAcme), events(ofSms)];
  expect([(await acme.next()).value, (await sms.next()).value]).toEqual(Array(2).fill({ type: "provider_ready" }));
  const next = [acme.next(), sms.next()];
  await flags.updateOverrides([update("globex", "multi_template", true)], call);
  await flags.updateOverrides([update("acme", "encrypted_storage", true)], call);
  await flags.updateOverrides([update("globex", "sms_reminders", true)], call);
  const told = (await Promise.all(next)).map(({ value }) => value?.data);
  expect(told).toEqual([
    { flags: { encrypted_storage: { type: "update" } } },
    { flags: { sms_reminders: { type: "update" } } },
  ]);
});
