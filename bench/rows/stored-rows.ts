import assert from "node:assert/strict";
import { openHttp1Load } from "../load/http1-load.ts";
import { ask, encodeRequest, type Http1Request } from "../load/http1-request.ts";
import { orgflagsCommand, type Subject } from "../process/subject.ts";
import { organisationId } from "../seed.ts";
import { connections, forEachOf, restBase, restCheck, unarySeed } from "./check-call.ts";
import { measureLoad } from "./measure-load.ts";
import { type Bench, type Comparison, type Contender, type Row, runRounds } from "./row.ts";
import { onStage } from "./stage.ts";

const pageSize = 100;
const few = "1,000 stored";
const many = "1,000,000 stored";
const notInMemory = "1,000,000 stored, first check of each";
const firstFew = "first page, 3,000 stored";
const firstMany = "first page, 3,000,000 stored";
const deep = "page after 1,000,000 rows, 3,000,000 stored";

/** Checks of the same number of organisations, with few and with many stored. */
export const checkStoredRow: Row = {
  name: "check-stored",
  work: "REST check, 1,000 or 1,000,000 organisations stored",
  run: (bench) =>
    onStage(async (start) => {
      const { workingSet, fewOrganisations, manyOrganisations } = bench.scale;
      const one = await start(orgflagsCommand(stored(bench, fewOrganisations)));
      const other = await start(orgflagsCommand(stored(bench, manyOrganisations)));
      const spread = (all: number) => forEachOf(workingSet, (number) => Math.floor((number * all) / workingSet));
      const contenders = [
        checks(few, one, spread(fewOrganisations)),
        checks(many, other, spread(manyOrganisations)),
        { ...checks(notInMemory, other, shuffled(manyOrganisations)), coldIsMeant: true },
      ];
      return runRounds(contenders, checkComparisons, bench);
    }),
};

const checkComparisons: readonly Comparison[] = [
  { subject: many, against: few, metric: "p50Ms", bound: { kind: "at most", value: 1.2 } },
  { subject: many, against: few, metric: "cpuMicros", bound: { kind: "at most", value: 1.2 } },
  { subject: notInMemory, against: many, metric: "cpuMicros" },
];

/** Pages of the list of all overrides, one client. */
export const listRow: Row = {
  name: "list",
  work: "REST list, pages of 100",
  run: (bench) =>
    onStage(async (start) => {
      const { fewOrganisations, manyOrganisations, deepRows } = bench.scale;
      const one = await start(orgflagsCommand(stored(bench, fewOrganisations)));
      const other = await start(orgflagsCommand(stored(bench, manyOrganisations)));
      const contenders = [
        await page(firstFew, one, fewOrganisations, 0),
        await page(firstMany, other, manyOrganisations, 0),
        await page(deep, other, manyOrganisations, deepRows),
      ];
      return runRounds(contenders, listComparisons, bench);
    }),
};

const listComparisons: readonly Comparison[] = [
  { subject: firstMany, against: firstFew, metric: "cpuMicros" },
  { subject: deep, against: firstMany, metric: "cpuMicros" },
];

function stored({ workspace }: Bench, organisations: number): string {
  return workspace.seeded(unarySeed(organisations));
}

function checks(subject: string, server: Subject, organisations: readonly number[]): Contender {
  const host = server.url;
  let turn = 0;
  const next = (): Buffer => encodeRequest(host, restCheck(organisations[turn++ % organisations.length] ?? 0));
  const open = () => openHttp1Load(host, { connections, next, expectedStatus: 200 });
  return { subject, measure: (seconds) => measureLoad(server, open, seconds) };
}

/** All numbers below `count`, each once, far from those before: neighbours would share pages of the file. */
function shuffled(count: number): number[] {
  const step = 611_953; // A prime, so that it visits each.
  return forEachOf(count, (number) => (number * step) % count);
}

async function page(subject: string, server: Subject, organisations: number, before: number): Promise<Contender> {
  const request: Http1Request = {
    method: "GET",
    path: `${restBase}?limit=${pageSize}&page=${before / pageSize + 1}`,
  };
  const { data, pagination } = JSON.parse((await ask(server.url, request)).body.toString());
  const { overridesEach } = unarySeed(organisations);
  assert.equal(data[0]?.org_id, organisationId(Math.floor(before / overridesEach)), subject);
  assert.equal(pagination.total, organisations * overridesEach, subject);
  const bytes = encodeRequest(server.url, request);
  const open = () => openHttp1Load(server.url, { connections: 1, next: () => bytes, expectedStatus: 200 });
  return { subject, measure: (seconds) => measureLoad(server, open, seconds) };
}
