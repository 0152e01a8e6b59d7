import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readImport } from "../../src/keeping/import-reader.ts";
import { ImportFault } from "../../src/keeping/line-fault.ts";
import { openImport } from "../../src/storage/sqlite/import/import.ts";
import { filledAt, filledDatabase } from "../storage/sqlite/filled-database.ts";

const head = '{"orgflags_export":1}';
const end = '{"kind":"end"}';
const feature = '{"kind":"feature","feature_key":"a","default_enabled":true}';
const override = (members: string) => `{"kind":"override","org_id":"acme","feature_key":"new.one",${members}}`;

/** The faults of a text, each with its line. */
async function faultsOf(bytes: Buffer | string, prune = false): Promise<string[]> {
  const target = openImport(await filledDatabase(), true, () => filledAt);
  try {
    const error = await readImport(Readable.from([Buffer.from(bytes)]), target, prune, filledAt).catch((e) => e);
    expect(error).toBeInstanceOf(ImportFault);
    const { faults, more } = error as ImportFault;
    return [...faults.map(({ line, message }) => `${line}: ${message}`), ...(more > 0 ? [`${more} more`] : [])];
  } finally {
    target.close();
  }
}

const between: readonly (readonly [string, string])[] = [
  ["", "the line: is empty; remove it"],
  [" \r", "the line: is empty; remove it"],
  ["{", "the line: must be JSON"],
  ["[]", "kind: must be feature, override, change or end"],
  ["null", "kind: must be feature, override, change or end"],
  ['{"kind":"organisation"}', "kind: must be feature, override, change or end"],
  ['{"kind":"end","x":1}', "x: is no member; there are kind"],
  ['{"kind":"feature"}', "feature_key: must be a text; it is missing"],
  ['{"kind":"feature","feature_key":7}', 'feature_key: must be a text; got "7"'],
  [
    '{"kind":"feature","feature_key":"A","default_enabled":true}',
    'feature_key: must be 1 to 64 characters of a-z 0-9 _ . -, beginning with a lower-case letter; got "A"',
  ],
  ['{"kind":"feature","feature_key":"a"}', "default_enabled: must be true or false; it is missing"],
  ['{"kind":"feature","feature_key":"a","default_enabled":1}', 'default_enabled: must be true or false; got "1"'],
  [
    '{"kind":"feature","feature_key":"a","default_enabled":true,"enabled":true}',
    "enabled: is no member; there are kind, feature_key, description, default_enabled, archived",
  ],
  [
    `{"kind":"feature","feature_key":"a","default_enabled":true,"description":"${"x".repeat(1025)}"}`,
    "description: must have at most 1024 characters; got 1025",
  ],
  [
    '{"kind":"feature","feature_key":"a","default_enabled":true,"description":"\\ud800"}',
    "description: must be a text",
  ],
  [override('"enabled":"yes"'), 'enabled: must be true or false; got "\\"yes\\""'],
  [override('"x":1'), "x: is no member"],
  [override('"expires_at":"2030-01-01T00:00:00Z"'), "enabled: must be true or false; it is missing"],
  ['{"kind":"override","org_id":"acme","feature_key":"new.one"}', "enabled: is required, unless there is scheduled"],
  ['{"kind":"override","org_id":"-","feature_key":"a","enabled":true}', "org_id: must be 1 to 128 characters"],
  [override('"enabled":true,"expires_at":"tomorrow"'), "expires_at: must be a time such as 2026-05-04T10:00:00Z"],
  [override('"enabled":true,"expires_at":"2030-02-30T00:00:61Z"'), "expires_at: must be a time such as"],
  ...[
    "2027-02-31T00:00:00Z",
    "2027-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "2027-04-31T23:00:00-05:00",
    "2027-00-10T00:00:00Z",
    "2027-01-01T24:00:00Z",
    "2027-01-01T00:00:60Z",
    "2027-01-01T00:00:00+24:00",
    "2027-01-01T00:00:00+01:60",
  ].map((time): [string, string] => [
    override(`"enabled":true,"expires_at":"${time}"`),
    "expires_at: must be a time such as 2026-05-04T10:00:00Z; got",
  ]),
  [override('"scheduled":true'), "scheduled: must be a JSON object"],
  [override('"scheduled":{"enabled":true}'), "scheduled.starts_at: must be a time such as"],
  [override('"scheduled":{"enabled":true,"starts_at":"2030-01-01T00:00:00Z","at":1}'), "scheduled.at: is no member"],
  [
    override('"scheduled":{"enabled":true,"starts_at":"2030-01-01T00:00:00Z","expires_at":"2030-01-01T00:00:00Z"}'),
    "scheduled.expires_at: must be after scheduled.starts_at",
  ],
  [`${feature}\n${feature}`, "the same stands in line 2 already"],
  [`${override('"enabled":true')}\n${override('"enabled":false')}`, "the same stands in line 2 already"],
  [
    '{"kind":"override","org_id":"acme","feature_key":"nowhere","enabled":true}',
    'feature_key: no feature "nowhere" is in the import or the catalogue',
  ],
  [`${end}\n${feature}`, "nothing may come behind the line of the end"],
];

test.for(between)("a line %j is refused with its number", async ([line, message]) => {
  const number = 1 + line.split("\n").length;
  const rest = line.startsWith(end) ? "" : `${end}\n`;
  const [first = "", ...more] = await faultsOf(`${head}\n${line}\n${rest}`);
  expect(first.startsWith(`${number}: ${message}`)).toBe(true);
  expect(more).toEqual([]);
});

test.for([
  ["", ['1: the end is missing: the last line of an export is {"kind":"end"}']],
  [`${head}\n${feature}\n`, ['3: the end is missing: the last line of an export is {"kind":"end"}']],
  [`\ufeff${head}\n${end}`, ["1: the line: begins with a byte order mark; save the text as UTF-8 without one"]],
  ["x\n", ["1: the line: must be JSON", '2: the end is missing: the last line of an export is {"kind":"end"}']],
  [
    `{"orgflags_export":2}\n${end}`,
    ['1: orgflags_export: must be 1; the first line of an export is {"orgflags_export":1}'],
  ],
  [`${feature}\n${end}`, ["1: kind: is no member; there are orgflags_export, org_id, feature_key"]],
  [
    `{"orgflags_export":1,"org_id":"acme"}\n${feature}\n${end}`,
    ['2: the first line says that all is of the organisation "acme"; this is not'],
  ],
  [
    `{"orgflags_export":1,"feature_key":"b"}\n${feature}\n${end}`,
    ['2: the first line says that all is of the feature "b"; this is not'],
  ],
] as const)("a text %j is refused", async ([text, faults]) => {
  expect(await faultsOf(text)).toEqual(faults);
});

test("what is no UTF-8, or has a line without an end, is refused with its line", async () => {
  const bytes = Buffer.concat([Buffer.from(`${head}\n`), Buffer.from([0x22, 0xff, 0x22, 0x0a])]);
  expect(await faultsOf(bytes)).toEqual(["2: must be UTF-8"]);
  expect(await faultsOf(`${head}\n"${"x".repeat(70_000)}`)).toEqual(["2: must have at most 65,536 bytes"]);
});

test("of many faults ten are told, and how many more there are", async () => {
  const faults = await faultsOf(`${head}\n${"x\n".repeat(25)}${end}`);
  expect([faults.length, faults[0], faults[9], faults[10]]).toEqual([
    11,
    "2: the line: must be JSON",
    "11: the line: must be JSON",
    "15 more",
  ]);
});

test("a feature that would be removed is no feature for an override", async () => {
  expect(await faultsOf(`${head}\n${override('"enabled":true')}\n${end}`, true)).toEqual([
    '2: feature_key: no feature "new.one" is in the import',
  ]);
});

test("lines are told apart wherever the chunks end", async () => {
  const text = `${head}\n${feature}\n${override('"enabled":true')}\n${end}`;
  const target = openImport(await filledDatabase(), true, () => filledAt);
  const bytes = Readable.from(Array.from(Buffer.from(text), (byte) => Buffer.from([byte])));
  expect(await readImport(bytes, target, false, filledAt)).toMatchObject({ changes: 0, ended: 0 });
  expect([...target.differences({ orgId: undefined, featureKey: undefined, prune: false })]).toHaveLength(2);
  target.close();
});

test("what has ended or begun since it was exported has ended or begun", async () => {
  const target = openImport(await filledDatabase(), true, () => filledAt);
  const past = new Date(filledAt - 1000).toISOString();
  const text = [
    head,
    `{"kind":"override","org_id":"a","feature_key":"new.one","enabled":true,"expires_at":"${past}"}`,
    `{"kind":"override","org_id":"b","feature_key":"new.one","enabled":true,"scheduled":{"enabled":false,"starts_at":"${past}"}}`,
    end,
  ].join("\n");
  const { scope, ended } = await readImport(Readable.from([Buffer.from(text)]), target, false, filledAt);
  expect(ended).toBe(1);
  expect([...target.differences(scope)]).toEqual([
    {
      kind: "override",
      orgId: "b",
      featureKey: "new.one",
      before: undefined,
      after: { setting: { enabled: false, expiresAt: undefined }, scheduled: undefined },
    },
  ]);
  target.close();
});
