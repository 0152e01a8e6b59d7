import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http2";
import { askGrpc, type GrpcAnswer, grpcFields, grpcFrame } from "../load/grpc-request.ts";
import { openHttp2Load } from "../load/http2-load.ts";
import type { Load } from "../load/load.ts";
import { orgflagsCommand, type Subject, type SubjectCommand } from "../process/subject.ts";
import type { Http2Floor } from "../subjects/http2-floor.ts";
import { checkPath, checkRequest, checkResponse, connections, forEachOf, unarySeed } from "./check-call.ts";
import { connectNodeCommand } from "./http1-row.ts";
import { measureLoad } from "./measure-load.ts";
import { type Bench, type Comparison, type Contender, type Outcome, type Row, runRounds } from "./row.ts";
import { onStage } from "./stage.ts";

const grpcConnections = 4;
const floorName = "node:http2 floor, body read";
const barestFloorName = "node:http2 floor";

/** gRPC over HTTP/2: as many calls at a time as elsewhere, on four connections. */
export const grpcRow: Row = {
  name: "grpc",
  work: "gRPC check, HTTP/2",
  run: (bench) => onStage((start) => run(bench, start)),
};

const comparisons: readonly Comparison[] = [
  { subject: "orgflags", against: floorName, metric: "cpuMicros", bound: { kind: "at most", value: 1.3 } },
  { subject: "orgflags", against: barestFloorName, metric: "cpuMicros" },
  { subject: "orgflags", against: "connect-node", metric: "cpuMicros", bound: { kind: "at most", value: 1 / 6 } },
  { subject: "orgflags", against: "grpc-js", metric: "cpuMicros", bound: { kind: "at most", value: 1 / 2 } },
];

async function run(bench: Bench, start: (command: SubjectCommand) => Promise<Subject>): Promise<Outcome> {
  const seed = unarySeed(bench.scale.workingSet);
  const orgflags = await start(orgflagsCommand(bench.workspace.seeded(seed)));
  const bodies = forEachOf(bench.scale.workingSet, (organisation) => grpcFrame(checkRequest(organisation)));
  const answer = await askGrpc(orgflags.url, checkPath, bodies[0] ?? Buffer.alloc(0));
  const subjects = new Map<string, Subject>();
  subjects.set(floorName, await start(floorCommand(answer, true)));
  subjects.set(barestFloorName, await start(floorCommand(answer, false)));
  subjects.set("orgflags", orgflags);
  subjects.set("connect-node", await start(connectNodeCommand({ seed, http: 2 })));
  subjects.set("grpc-js", await start({ file: "bench/subjects/grpc-js.ts", args: [JSON.stringify(seed)] }));
  for (const [name, { url }] of subjects) {
    verify(name, await askGrpc(url, checkPath, bodies[0] ?? Buffer.alloc(0)));
  }
  return runRounds(
    [...subjects].map(([subject, server]) => contender(subject, server, bodies)),
    comparisons,
    bench,
  );
}

function verify(name: string, { headers, trailers, body }: GrpcAnswer): void {
  assert.equal(headers[":status"], 200, name);
  assert.equal(trailers["grpc-status"], "0", name);
  assert.deepEqual(body, grpcFrame(checkResponse(0)), name);
}

function contender(subject: string, server: Subject, bodies: readonly Buffer[]): Contender {
  const traffic = {
    connections: grpcConnections,
    streams: connections / grpcConnections,
    fields: grpcFields(server.url, checkPath),
    bodies,
    expectedBytes: grpcFrame(checkResponse(0)).length,
  };
  const open = (): Promise<Load> => openHttp2Load(server.url, traffic);
  return { subject, measure: (seconds) => measureLoad(server, open, seconds) };
}

/** The floor gives the very answer that orgflags gave, but for what the platform adds. */
function floorCommand({ headers, trailers, body }: GrpcAnswer, readsBody: boolean): SubjectCommand {
  const floor: Http2Floor = {
    headers: plain(headers),
    trailers: plain(trailers),
    bodyBase64: body.toString("base64"),
    readsBody,
  };
  return { file: "bench/subjects/http2-floor.ts", args: [JSON.stringify(floor)] };
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(":") && name !== "date");
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
