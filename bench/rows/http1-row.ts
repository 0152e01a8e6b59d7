import assert from "node:assert/strict";
import { openHttp1Load } from "../load/http1-load.ts";
import { ask, encodeRequest, type Http1Answer, type Http1Request } from "../load/http1-request.ts";
import type { Load } from "../load/load.ts";
import { orgflagsCommand, type Subject, type SubjectCommand } from "../process/subject.ts";
import type { ConnectNodeSubject } from "../subjects/connect-node.ts";
import type { HttpFloor } from "../subjects/http-floor.ts";
import { connections, unarySeed } from "./check-call.ts";
import { fixedAnswerOf } from "./fixed-answer-of.ts";
import { measureLoad } from "./measure-load.ts";
import { type Bench, type Comparison, type Contender, type Outcome, type Row, runRounds } from "./row.ts";
import { onStage } from "./stage.ts";

/** A call over HTTP/1.1 that is compared with bare `node:http` for the same bytes. */
export interface Http1Work {
  readonly name: string;
  readonly work: string;
  /** The requests to send in turn. */
  requests(url: string, organisations: number): Promise<readonly Http1Request[]>;
  readonly expectedStatus: number;
  /** Throws where the body of the answer to the first request is not the right one. */
  verify(body: string): void;
  /** The highest ratio of server CPU to the floor's. */
  readonly atMost: number;
  /** A call by Connect: the floor reads a body, too, and connect-node's stock adapter joins in. */
  readonly isConnect: boolean;
}

/** Makes the row of a call over HTTP/1.1. */
export function http1Row(work: Http1Work): Row {
  return { name: work.name, work: work.work, run: (bench) => onStage((start) => run(work, bench, start)) };
}

async function run(
  work: Http1Work,
  bench: Bench,
  start: (command: SubjectCommand) => Promise<Subject>,
): Promise<Outcome> {
  const { workingSet } = bench.scale;
  const seed = unarySeed(workingSet);
  const orgflags = await start(orgflagsCommand(bench.workspace.seeded(seed)));
  const requests = await work.requests(orgflags.url, workingSet);
  const answer = await ask(orgflags.url, first(requests));
  assert.equal(answer.status, work.expectedStatus);
  work.verify(answer.body.toString());
  const subjects = new Map<string, Subject>();
  subjects.set(floorName, await start(floorCommand(answer, work.isConnect)));
  subjects.set("orgflags", orgflags);
  if (work.isConnect) {
    subjects.set("connect-node", await start(connectNodeCommand({ seed, http: 1 })));
  }
  for (const [name, { url }] of subjects) {
    assert.deepEqual(essence(await ask(url, first(requests))), essence(answer), `${name} answers something else`);
  }
  const contenders = [...subjects].map(([subject, server]) => contender(subject, server, requests, work));
  return runRounds(contenders, comparisons(work), bench);
}

const floorName = "node:http floor";

function comparisons({ atMost, isConnect }: Http1Work): Comparison[] {
  const bound = { kind: "at most", value: atMost } as const;
  const toFloor: Comparison = { subject: "orgflags", against: floorName, metric: "cpuMicros", bound };
  return isConnect ? [toFloor, { subject: "orgflags", against: "connect-node", metric: "cpuMicros" }] : [toFloor];
}

function contender(subject: string, server: Subject, requests: readonly Http1Request[], work: Http1Work): Contender {
  const encoded = requests.map((request) => encodeRequest(server.url, request));
  const { expectedStatus } = work;
  let turn = 0;
  const next = (): Buffer => encoded[turn++ % encoded.length] ?? Buffer.alloc(0);
  const open = (): Promise<Load> => openHttp1Load(server.url, { connections, next, expectedStatus, polls: true });
  return { subject, measure: (seconds) => measureLoad(server, open, seconds) };
}

function floorCommand(answer: Http1Answer, readsBody: boolean): SubjectCommand {
  const floor: HttpFloor = { ...fixedAnswerOf(answer), readsBody };
  return { file: "bench/subjects/http-floor.ts", args: [JSON.stringify(floor)] };
}

/** Connect's stock adapter, for either version of HTTP. */
export function connectNodeCommand(subject: ConnectNodeSubject): SubjectCommand {
  return { file: "bench/subjects/connect-node.ts", args: [JSON.stringify(subject)] };
}

function essence({ status, headers, body }: Http1Answer): object {
  return { status, type: headers["content-type"], body: body.toString("base64") };
}

function first(requests: readonly Http1Request[]): Http1Request {
  const [request] = requests;
  assert.ok(request);
  return request;
}
