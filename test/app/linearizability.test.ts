import { Agent, request } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { runService } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { contradiction, type Operation } from "./register-history.ts";

const base = "/api/v1/org-feature-flags";
const bits = Array.from({ length: 12 }, (_, bit) => `bit${bit}`);
const registers = ["acme", "globex", "initech"];
const workers = 3;
const clients = 6;
const operationsOfEach = 400;

/** Connections that stay open; the supervisor hands them to the server processes in turn. */
function connections(): Agent[] {
  const agents = Array.from({ length: workers }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  onTestFinished(() => {
    for (const agent of agents) {
      agent.destroy();
    }
  });
  return agents;
}

async function call(agent: Agent, url: string, method: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const sent = request(url, { method, agent, ...(body && { headers }) });
  const answered = new Promise<Record<string, unknown>>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (answer) => {
      expect(answer.statusCode).toBe(200);
      // The documented bodies: another test compares them key for key.
      json(answer).then((value) => resolve(value as Record<string, unknown>), reject);
    });
  });
  sent.end(body && JSON.stringify(body));
  return answered;
}

/** An organisation's flags are the bits of a number, which a batch writes at once. */
async function write(agent: Agent, url: string, register: string, value: number): Promise<void> {
  const updates = bits.map((feature_key, bit) => ({
    org_id: register,
    feature_key,
    enabled: ((value >> bit) & 1) === 1,
  }));
  await call(agent, `${url}${base}:batchUpdate`, "POST", { updates });
}

async function read(agent: Agent, url: string, register: string): Promise<number> {
  const { flags } = (await call(agent, `${url}${base}/${register}`, "GET")) as { flags: Record<string, boolean> };
  return bits.reduce((value, key, bit) => value | (flags[key] === true ? 1 << bit : 0), 0);
}

async function behave(url: string, client: number, histories: Map<string, Operation[]>): Promise<void> {
  const agents = connections();
  for (let i = 0; i < operationsOfEach; i++) {
    // Another server process than for the operation before.
    const agent = agents[i % workers] as Agent;
    const register = registers[client % registers.length] ?? "";
    const start = performance.now();
    // Each value once for each register, and never 0.
    const written = i % 4 === client % 4 ? 1 + client * operationsOfEach + i : undefined;
    const value = written ?? (await read(agent, url, register));
    if (written !== undefined) {
      await write(agent, url, register, written);
    }
    const kind = written === undefined ? "read" : "write";
    histories.get(register)?.push({ kind, value, start, end: performance.now() });
  }
}

test("reads and writes of many clients, to several server processes, are linearizable", {
  timeout: 120_000,
}, async () => {
  const service = runService(join(temporaryFolder(), "orgflags.db"), "--workers", String(workers));
  const url = await service.url;
  const histories = new Map<string, Operation[]>(registers.map((register) => [register, []]));
  await Promise.all(Array.from({ length: clients }, (_, client) => behave(url, client, histories)));
  for (const [register, history] of histories) {
    expect(history.length).toBeGreaterThan(400);
    expect(contradiction(history), register).toBeUndefined();
  }
  service.kill("SIGTERM");
  expect(await service.ended).toMatchObject({ exitCode: 0, stderr: "" });
});

const operation = (kind: "read" | "write", value: number, start: number, end: number): Operation => ({
  kind,
  value,
  start,
  end,
});

test.for<[string, Operation[], string | undefined]>([
  ["reads that follow writes", [operation("write", 1, 0, 1), operation("read", 1, 2, 3)], undefined],
  ["a read beside a write, of the old value", [operation("write", 1, 0, 3), operation("read", 0, 1, 2)], undefined],
  ["a read beside a write, of the new value", [operation("write", 1, 0, 3), operation("read", 1, 1, 2)], undefined],
  [
    "a read of the old value after an acknowledged write",
    [operation("write", 1, 0, 1), operation("read", 0, 2, 3)],
    "0 was there before and after 1 was",
  ],
  [
    "a read of the old value after a read of the new one",
    [operation("write", 1, 0, 9), operation("read", 1, 1, 2), operation("read", 0, 3, 4)],
    "0 was there before and after 1 was",
  ],
  [
    "a read from the future",
    [operation("read", 1, 0, 1), operation("write", 1, 2, 3)],
    "1 was read before it was written",
  ],
  ["a read of what nobody wrote", [operation("read", 7, 0, 1)], "7 was read before it was written"],
  [
    "two values that take turns",
    [
      operation("write", 1, 0, 1),
      operation("write", 2, 0, 1),
      operation("read", 1, 2, 3),
      operation("read", 2, 4, 5),
      operation("read", 1, 6, 7),
    ],
    "1 was there before and after 2 was",
  ],
])("the checker judges %s", ([, history, expected]) => {
  expect(contradiction(history)).toBe(expected);
});
