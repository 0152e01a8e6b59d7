import assert from "node:assert/strict";
import { openHttp1Load } from "../load/http1-load.ts";
import { ask, encodeRequest, type Http1Request } from "../load/http1-request.ts";
import { orgflagsCommand } from "../process/subject.ts";
import { organisationId } from "../seed.ts";
import { checkedFeature, connections, forEachOf, restBase, restCheck, unarySeed } from "./check-call.ts";
import { measureLoad } from "./measure-load.ts";
import { type Bench, type Comparison, type Outcome, type Row, runRounds } from "./row.ts";
import { onStage } from "./stage.ts";

/** Requests that are sent in turn, and how they must be answered. */
interface Calls {
  readonly subject: string;
  readonly requests: readonly Http1Request[];
  readonly status: number;
  /** Throws where the answer to the first request is not the right one. */
  verify(body: string): void;
}

/** The path of the evaluation of all flags by OFREP. */
export const bulkPath = "/ofrep/v1/evaluate/flags";

/** A request of OFREP for an organisation. */
export function ofrepRequest(organisation: number, path: string, headers: Http1Request["headers"] = {}): Http1Request {
  const body = Buffer.from(JSON.stringify({ context: { targetingKey: organisationId(organisation) } }));
  return { method: "POST", path, headers: { "content-type": "application/json", ...headers }, body };
}

/** One flag by OFREP, beside our own check by REST, both of one server. */
export const ofrepCheckRow: Row = {
  name: "ofrep-check",
  work: "OFREP check",
  run: (bench) =>
    compare(bench, checks, [
      { subject: "OFREP", against: "REST check", metric: "cpuMicros", bound: { kind: "at most", value: 1.5 } },
    ]),
};

/** All flags of an organisation by OFREP, sent and held already, beside our own by REST. */
export const ofrepBulkRow: Row = {
  name: "ofrep-bulk",
  work: "OFREP bulk of 50 flags",
  run: (bench) =>
    compare(bench, bulks, [
      { subject: "OFREP bulk", against: "REST organisation", metric: "cpuMicros" },
      { subject: "OFREP bulk, 304", against: "OFREP bulk", metric: "cpuMicros" },
    ]),
};

async function compare(
  bench: Bench,
  callsOf: (url: string, organisations: number) => readonly Calls[] | Promise<readonly Calls[]>,
  comparisons: readonly Comparison[],
): Promise<Outcome> {
  const { workingSet } = bench.scale;
  return onStage(async (start) => {
    const server = await start(orgflagsCommand(bench.workspace.seeded(unarySeed(workingSet))));
    const calls = await callsOf(server.url, workingSet);
    for (const each of calls) {
      await verified(server.url, each);
    }
    const contenders = calls.map(({ subject, requests, status }) => {
      const encoded = requests.map((request) => encodeRequest(server.url, request));
      let turn = 0;
      const next = (): Buffer => encoded[turn++ % encoded.length] ?? Buffer.alloc(0);
      const open = () => openHttp1Load(server.url, { connections, next, expectedStatus: status });
      return { subject, measure: (seconds: number) => measureLoad(server, open, seconds) };
    });
    return runRounds(contenders, comparisons, bench);
  });
}

async function verified(url: string, { requests: [first], status, verify }: Calls): Promise<void> {
  assert.ok(first);
  const answer = await ask(url, first);
  assert.equal(answer.status, status);
  verify(answer.body.toString());
}

function checks(_url: string, organisations: number): readonly Calls[] {
  return [
    {
      subject: "REST check",
      requests: forEachOf(organisations, restCheck),
      status: 200,
      verify: (body) => assert.equal(JSON.parse(body).enabled, true),
    },
    {
      subject: "OFREP",
      requests: forEachOf(organisations, (number) => ofrepRequest(number, `${bulkPath}/${checkedFeature}`)),
      status: 200,
      verify: (body) => assert.equal(JSON.parse(body).value, true),
    },
  ];
}

async function bulks(url: string, organisations: number): Promise<readonly Calls[]> {
  const requests = forEachOf(organisations, (number) => ofrepRequest(number, bulkPath));
  const held: Http1Request[] = [];
  for (const request of requests) {
    const { headers } = await ask(url, request);
    held.push({ ...request, headers: { ...request.headers, "if-none-match": headers.etag ?? "" } });
  }
  return [
    {
      subject: "REST organisation",
      requests: forEachOf(organisations, (number) => ({
        method: "GET",
        path: `${restBase}/${organisationId(number)}`,
      })),
      status: 200,
      verify: (body) => assert.equal(Object.keys(JSON.parse(body).flags).length, unarySeed(1).features),
    },
    {
      subject: "OFREP bulk",
      requests,
      status: 200,
      verify: (body) => assert.equal(JSON.parse(body).flags.length, unarySeed(1).features),
    },
    { subject: "OFREP bulk, 304", requests: held, status: 304, verify: (body) => assert.equal(body, "") },
  ];
}
