import { join } from "node:path";
import { FlagdCore } from "@openfeature/flagd-core";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { filledAt, filledDatabase } from "../storage/sqlite/filled-database.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { WritingClient } from "../writing-client.ts";

async function exported(file: string, ...flags: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runOrgflags(["export", "--db", file, ...flags]).ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: exitCodes.ok, stderr: "" });
  return stdout.trimEnd().split("\n");
}

const head = '{"orgflags_export":1}';
const end = '{"kind":"end"}';
const features = [
  '{"kind":"feature","feature_key":"driver_declarations","description":"","default_enabled":false,"archived":false}',
  '{"kind":"feature","feature_key":"encrypted_storage","description":"","default_enabled":false,"archived":true}',
  '{"kind":"feature","feature_key":"multi_template","description":"Several \\"templates\\" – à la carte","default_enabled":false,"archived":false}',
  '{"kind":"feature","feature_key":"new.one","description":"","default_enabled":false,"archived":false}',
  '{"kind":"feature","feature_key":"sms_reminders","description":"","default_enabled":false,"archived":false}',
];
// All that is to begin or end has done so by now.
const overrides = [
  '{"kind":"override","org_id":"acme","feature_key":"sms_reminders","enabled":false}',
  '{"kind":"override","org_id":"initech","feature_key":"new.one","enabled":true}',
];

test.for([
  [[], [head, ...features, ...overrides, end]],
  [
    ["--org", "acme"],
    ['{"orgflags_export":1,"org_id":"acme"}', overrides[0], end],
  ],
  [
    ["--feature", "new.one"],
    ['{"orgflags_export":1,"feature_key":"new.one"}', features[3], overrides[1], end],
  ],
  [
    ["--org", "acme", "--feature", "new.one"],
    ['{"orgflags_export":1,"org_id":"acme","feature_key":"new.one"}', end],
  ],
] as const)("export %j is the lines of that", async ([flags, lines]) => {
  expect(await exported(await filledDatabase(), ...flags)).toEqual(lines);
});

test("the history comes behind the rest, oldest first, as far as it is kept", async () => {
  const lines = await exported(await filledDatabase(6), "--history");
  const changes = lines.slice(1 + features.length + overrides.length, -1).map((line) => JSON.parse(line));
  expect(changes.map(({ kind, revision }) => [kind, revision])).toEqual(
    [8, 9, 10, 11, 12, 13].map((r) => ["change", r]),
  );
  expect(changes[0]).toEqual({
    kind: "change",
    revision: 8,
    time: new Date(filledAt).toISOString(),
    actor: "ada",
    reason: "a test",
    org_id: "globex",
    feature_key: "new.one",
    after: { enabled: false, expires_at: new Date(filledAt + 9_000_000).toISOString() },
  });
});

test("an export beside a service that writes is of one moment", { timeout: 120_000 }, async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const service = runService(file);
  const client = new WritingClient(await service.url);
  await client.atLeast(50);
  const lines = (await exported(file)).map((line) => JSON.parse(line));
  await client.stop();
  expect(client.failures).toEqual([]);
  // Each write sets three features of an organisation at once, two of them alike.
  const settings = new Map<string, boolean[]>();
  for (const { kind, org_id, enabled } of lines.filter(({ kind }) => kind === "override")) {
    expect(kind).toBe("override");
    settings.set(org_id, [...(settings.get(org_id) ?? []), enabled]);
  }
  expect(settings.size).toBeGreaterThan(0);
  expect([...settings.values()].filter(([a, b, c]) => a !== c || a === b)).toEqual([]);
});

test("flagd evaluates a document of all as the service would", async () => {
  const [document = ""] = await exported(await filledDatabase(), "--format", "flagd");
  const flagd = new FlagdCore();
  flagd.setConfigurations(document);
  const value = (flag: string, targetingKey: string) => {
    return flagd.resolveBooleanEvaluation(flag, !0, { targetingKey }, console as never).value;
  };
  expect([value("new.one", "initech"), value("new.one", "acme"), value("sms_reminders", "acme")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(flagd.getFlag("encrypted_storage")).toBeUndefined();
});

test("flagd's document of an organisation has its values, whoever asks", async () => {
  const [document = ""] = await exported(await filledDatabase(), "--format", "flagd", "--org", "initech");
  const { flags, metadata } = JSON.parse(document);
  expect(metadata).toEqual({ flagSetId: "initech", orgId: "initech", revision: 13 });
  expect(Object.entries<{ defaultVariant: string }>(flags).map(([key, flag]) => [key, flag.defaultVariant])).toEqual([
    ["driver_declarations", "off"],
    ["multi_template", "off"],
    ["new.one", "on"],
    ["sms_reminders", "off"],
  ]);
});

test.for([
  [["--format", "flagd", "--history"], exitCodes.usage, "--history is for --format jsonl"],
  [["--org", ""], exitCodes.usage, "--org is empty; give it a value, or leave it out"],
  [["--org=-"], exitCodes.usage, "--org must be an org_id"],
  [["--db", "/nowhere/orgflags.db"], exitCodes.databaseUnwritable, "can't be read (no such file)"],
] as const)("export %j is refused in words", async ([flags, exitCode, why]) => {
  const ended = await runOrgflags(["export", ...flags]).ended;
  expect(ended).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(why) });
});
