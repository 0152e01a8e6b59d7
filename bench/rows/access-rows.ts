import assert from "node:assert/strict";
import { makeToken } from "../../src/auth/token-text.ts";
import { everything } from "../../src/domain/access.ts";
import { SqliteTokenRegistry } from "../../src/storage/sqlite/token-registry.ts";
import { askGrpc, grpcFields, grpcFrame } from "../load/grpc-request.ts";
import { openHttp1Load } from "../load/http1-load.ts";
import { ask, encodeRequest, type Http1Request } from "../load/http1-request.ts";
import { openHttp2Load } from "../load/http2-load.ts";
import type { Load } from "../load/load.ts";
import { orgflagsCommand, type Subject } from "../process/subject.ts";
import { checkPath, checkRequest, checkResponse, connections, forEachOf, restCheck, unarySeed } from "./check-call.ts";
import { measureLoad } from "./measure-load.ts";
import { type Bench, type Comparison, type Outcome, type Row, runRounds } from "./row.ts";
import { onStage, type Start } from "./stage.ts";

const grpcConnections = 4;
const open = "public, no token";
const ignored = "public, token sent";
const checked = "token required";

// What the guard costs: both get the same bytes. What sending a token costs Node is stated beside it.
const comparisons: readonly Comparison[] = [
  { subject: checked, against: ignored, metric: "cpuMicros", bound: { kind: "at most", value: 1.15 } },
  { subject: checked, against: open, metric: "cpuMicros" },
];

/** A way to make checks, with or without a header. */
interface Way {
  openLoad(url: string, token: string | undefined, organisations: number): Promise<Load>;
  /** Throws where the check is not answered as it must be. */
  verify(url: string, token: string | undefined): Promise<void>;
}

/** The check by REST, with a token that is known. */
export const restTokenRow: Row = row("rest-token", "REST check with a token", {
  openLoad(url, token, organisations) {
    const encoded = forEachOf(organisations, (organisation) => encodeRequest(url, restWith(token, organisation)));
    let turn = 0;
    const next = (): Buffer => encoded[turn++ % encoded.length] ?? Buffer.alloc(0);
    return openHttp1Load(url, { connections, next, expectedStatus: 200, polls: true });
  },
  async verify(url, token) {
    const { status, body } = await ask(url, restWith(token, 0));
    assert.equal(status, 200);
    assert.equal(JSON.parse(body.toString()).enabled, true);
  },
});

/** The check by gRPC, with a token that is known. */
export const grpcTokenRow: Row = row("grpc-token", "gRPC check with a token", {
  openLoad(url, token, organisations) {
    const bodies = forEachOf(organisations, (organisation) => grpcFrame(checkRequest(organisation)));
    const expectedBytes = grpcFrame(checkResponse(0)).length;
    const fields = [...grpcFields(url, checkPath), ...Object.entries(headerOf(token))];
    const streams = connections / grpcConnections;
    return openHttp2Load(url, { connections: grpcConnections, streams, fields, bodies, expectedBytes });
  },
  async verify(url, token) {
    const answer = await askGrpc(url, checkPath, grpcFrame(checkRequest(0)), headerOf(token));
    assert.deepEqual(answer.body, grpcFrame(checkResponse(0)));
  },
});

function row(name: string, work: string, way: Way): Row {
  return { name, work, run: (bench) => onStage((start) => run(way, bench, start)) };
}

async function run(way: Way, bench: Bench, start: Start): Promise<Outcome> {
  const { workingSet } = bench.scale;
  // Uses of tokens are written, so the databases are the row's own.
  const file = bench.workspace.newSeeded(unarySeed(workingSet));
  const token = addToken(file);
  const isPublic = await start(orgflagsCommand(bench.workspace.seeded(unarySeed(workingSet))));
  const isRequired = await start(orgflagsCommand(file, "--auth", "required"));
  const contender = async (subject: string, server: Subject, shown: string | undefined) => {
    await way.verify(server.url, shown);
    const openLoad = () => way.openLoad(server.url, shown, workingSet);
    return { subject, measure: (seconds: number) => measureLoad(server, openLoad, seconds) };
  };
  const contenders = [
    await contender(open, isPublic, undefined),
    await contender(ignored, isPublic, token),
    await contender(checked, isRequired, token),
  ];
  return runRounds(contenders, comparisons, bench);
}

function addToken(file: string): string {
  const { id, text, hash } = makeToken();
  const tokens = SqliteTokenRegistry.open(file, Date.now);
  const plain = { kind: "token", name: "bench", role: "viewer", scope: everything, expiresAt: undefined } as const;
  tokens.createToken({ ...plain, id, hash });
  tokens.close();
  return text;
}

function restWith(token: string | undefined, organisation: number): Http1Request {
  return { ...restCheck(organisation), headers: headerOf(token) };
}

function headerOf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
