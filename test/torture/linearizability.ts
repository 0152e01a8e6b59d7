import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { contradiction, type Operation } from "../app/register-history.ts";
import { audit } from "./audit.ts";
import type { Ground } from "./ground.ts";
import { Registers } from "./registers.ts";
import { RestClient } from "./rest-client.ts";
import { isAlive, killIfAlive, Service } from "./service.ts";
import type { Figures } from "./torture.ts";
import { until } from "./until.ts";

const workers = 3;
const clients = 8;
const registers = ["acme", "globex", "initech"];
const longestPauseMs = 1500;

/** How long, and what is killed meanwhile. */
export interface HistoryOptions {
  readonly rounds: number;
  /** How often something is killed in each round: mostly a worker, now and then the supervisor. */
  readonly kills: number;
}

/**
 * Records what many clients read and write, each operation by another of three server processes, while those are killed,
 * and checks that the history of each register is linearizable. A write of which nobody knows the end may take effect at
 * any time from then on, or never; one that was refused must not.
 */
export async function linearizableRounds(ground: Ground, { rounds, kills }: HistoryOptions): Promise<Figures> {
  const total = {
    rounds: 0,
    operations: 0,
    "kills of a worker": 0,
    "kills of the supervisor": 0,
    "writes of unknown end": 0,
  };
  for (let round = 0; round < rounds; round++) {
    const run = new Run(ground, join(ground.newFolder(), "orgflags.db"));
    const killed = await run.play(kills);
    for (const [register, history] of run.histories) {
      const why = contradiction(history);
      if (why !== undefined) {
        throw new Error(`the history of ${register} is not linearizable: ${why}: ${JSON.stringify(history)}`);
      }
      total.operations += history.length;
      total["writes of unknown end"] += history.filter(({ end }) => end === Number.POSITIVE_INFINITY).length;
    }
    total.rounds++;
    total["kills of a worker"] += killed.workers;
    total["kills of the supervisor"] += killed.supervisors;
    ground.say(`${total.rounds} of ${rounds} rounds, ${total.operations} operations`);
  }
  return total;
}

class Run {
  readonly histories = new Map<string, Operation[]>(registers.map((register) => [register, []]));
  readonly #ground: Ground;
  readonly #file: string;
  #service: Service;
  #value = 0;

  constructor(ground: Ground, file: string) {
    this.#ground = ground;
    this.#file = file;
    this.#service = this.#start();
  }

  async play(kills: number): Promise<{ workers: number; supervisors: number }> {
    const { random } = this.#ground;
    const stop = new AbortController();
    await this.#service.url;
    const behaving = Array.from({ length: clients }, (_, client) => this.#behave(client, stop.signal));
    // Whoever fails is heard at the end.
    const behaved = Promise.all(behaving);
    behaved.catch(() => stop.abort());
    const killed = { workers: 0, supervisors: 0 };
    for (let kill = 0; kill < kills && !stop.signal.aborted; kill++) {
      await delay(random.below(longestPauseMs));
      if (random.happens(0.25)) {
        await this.#killSupervisor();
        killed.supervisors++;
      } else {
        await this.#killWorker();
        killed.workers++;
      }
    }
    await delay(random.below(longestPauseMs));
    stop.abort();
    await behaved;
    await this.#service.stop();
    audit(this.#ground, this.#file);
    return killed;
  }

  #start(): Service {
    return new Service(this.#ground, { file: this.#file, flags: ["--workers", String(workers)] });
  }

  async #killWorker(): Promise<void> {
    const service = this.#service;
    const victim = this.#ground.random.oneOf(service.children);
    killIfAlive(victim);
    await until("another worker", () => service.children.length === workers && !service.children.includes(victim));
  }

  /** Its workers live on for a moment, beside those of the next one on the same file. */
  async #killSupervisor(): Promise<void> {
    const orphans = this.#service.children;
    this.#service.kill("SIGKILL");
    this.#service = this.#start();
    await this.#service.url;
    await until("the end of all workers", () => !orphans.some(isAlive));
  }

  async #behave(client: number, stop: AbortSignal): Promise<void> {
    const register = registers[client % registers.length] ?? "";
    const history = this.histories.get(register);
    const connections = new RestClient(workers);
    const each = new Registers(connections);
    while (!stop.aborted) {
      const url = await this.#service.url.catch(() => "http://127.0.0.1:1");
      const operation = await this.#operate(each, url, register);
      if (operation !== undefined) {
        history?.push(operation);
      }
      if (operation === undefined || operation.end === Number.POSITIVE_INFINITY) {
        // Nobody may serve just now.
        await delay(1);
      }
    }
    connections.close();
  }

  async #operate(each: Registers, url: string, register: string): Promise<Operation | undefined> {
    const start = performance.now();
    if (this.#ground.random.happens(0.7)) {
      const value = await each.read(url, register);
      return value === undefined ? undefined : { kind: "read", value, start, end: performance.now() };
    }
    const value = ++this.#value;
    switch (await each.write(url, register, value)) {
      case "acknowledged":
        return { kind: "write", value, start, end: performance.now() };
      case "unknown":
        return { kind: "write", value, start, end: Number.POSITIVE_INFINITY };
      case "refused":
        return undefined;
    }
  }
}
