import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { audit } from "./audit.ts";
import type { Ground } from "./ground.ts";
import { Registers } from "./registers.ts";
import { RestClient } from "./rest-client.ts";
import { isAlive, killIfAlive, Service } from "./service.ts";
import type { Figures } from "./torture.ts";
import { until } from "./until.ts";

const clients = 16;
const registersOfEach = 4;
// Then a new one is begun, so that looking through all of it stays a matter of moments.
const roundsOfOneDatabase = 25;
const longestStartMs = 500;
const longestLoadMs = 400;

/** How the service is killed. */
export interface KillOptions {
  readonly rounds: number;
  /** One is a process without a supervisor. */
  readonly workers: number;
}

/**
 * Kills the service at random points under a load of batches, at its start too, and looks after each kill: what was
 * acknowledged is there, nothing is half there, a write sent again by its `Idempotency-Key` is made once, and the log
 * replayed is what is stored.
 */
export async function killRounds(ground: Ground, { rounds, workers }: KillOptions): Promise<Figures> {
  const total = { kills: 0, "kills of one worker": 0, "kills at the start": 0, acknowledged: 0, unknown: 0, stored: 0 };
  for (let round = 0; round < rounds; ) {
    const victim = new Victim(ground, join(ground.newFolder(), "orgflags.db"), workers);
    for (let turn = 0; turn < roundsOfOneDatabase && round < rounds; turn++, round++) {
      const { acknowledged, unknown, stored, how } = await victim.suffer();
      total.kills++;
      total["kills of one worker"] += Number(how === "worker");
      total["kills at the start"] += Number(how === "start");
      total.acknowledged += acknowledged;
      total.unknown += unknown;
      total.stored += stored;
    }
    await victim.end();
    ground.say(`${round} of ${rounds} kills, ${total.acknowledged} writes acknowledged`);
  }
  return total;
}

type How = "start" | "process" | "all" | "worker";

/** A write of which nobody knows what became, with its `Idempotency-Key`. */
interface Pending {
  readonly value: number;
  readonly key: string;
}

/** What is known of a register from outside. */
interface Known {
  value: number;
  pending: Pending | undefined;
}

class Victim {
  readonly #ground: Ground;
  readonly #file: string;
  readonly #workers: number;
  readonly #client = new RestClient(clients);
  readonly #registers = new Registers(this.#client);
  readonly #known = new Map<string, Known>();
  #service: Service | undefined;
  #keys = 0;

  constructor(ground: Ground, file: string, workers: number) {
    this.#ground = ground;
    this.#file = file;
    this.#workers = workers;
  }

  async suffer() {
    const { random } = this.#ground;
    const how = this.#choose();
    this.#service ??= this.#start();
    const service = this.#service;
    if (how === "start") {
      await delay(random.below(longestStartMs));
      await this.#kill(service, how);
      return { how, acknowledged: 0, unknown: 0, stored: audit(this.#ground, this.#file).overrides };
    }
    const url = await service.url;
    await this.#check(url);
    const stop = new AbortController();
    const writers = Promise.all(Array.from({ length: clients }, (_, client) => this.#write(url, client, stop.signal)));
    await Promise.race([delay(random.below(longestLoadMs)), writers]);
    const killed = this.#kill(service, how);
    stop.abort();
    const counts = await writers;
    await killed;
    const stored = this.#service === undefined ? audit(this.#ground, this.#file).overrides : 0;
    const sum = (name: "acknowledged" | "unknown") => counts.reduce((all, count) => all + count[name], 0);
    return { how, acknowledged: sum("acknowledged"), unknown: sum("unknown"), stored };
  }

  /** One last look, after which the service stops as it should. */
  async end(): Promise<void> {
    this.#service ??= this.#start();
    await this.#check(await this.#service.url);
    await this.#service.stop();
    audit(this.#ground, this.#file);
    this.#client.close();
  }

  #start(): Service {
    const flags = this.#workers === 1 ? [] : ["--workers", String(this.#workers)];
    return new Service(this.#ground, { file: this.#file, flags });
  }

  #choose(): How {
    const { random } = this.#ground;
    if (this.#service === undefined && random.happens(0.1)) {
      return "start";
    }
    return this.#workers === 1 ? "process" : random.oneOf(["process", "process", "all", "worker"]);
  }

  async #kill(service: Service, how: How): Promise<void> {
    const children = service.children;
    if (how === "worker") {
      const victim = this.#ground.random.oneOf(children);
      killIfAlive(victim);
      await until("another worker", () => {
        return service.children.length === this.#workers && !service.children.includes(victim);
      });
      return;
    }
    service.kill("SIGKILL");
    for (const child of how === "all" ? children : []) {
      killIfAlive(child);
    }
    await service.ended;
    // Those that are left end by themselves.
    await until("the end of all workers", () => !children.some(isAlive));
    this.#service = undefined;
  }

  async #write(url: string, client: number, stop: AbortSignal): Promise<{ acknowledged: number; unknown: number }> {
    const { random } = this.#ground;
    let acknowledged = 0;
    for (;;) {
      const register = `client${client}-${random.below(registersOfEach)}`;
      const pending = { value: random.below(2 ** 16), key: `key-${this.#keys++}` };
      const known = this.#of(register);
      known.pending = pending;
      const outcome = await this.#registers.write(url, register, pending.value, { "idempotency-key": pending.key });
      if (outcome === "unknown") {
        return { acknowledged, unknown: 1 };
      }
      if (outcome === "acknowledged") {
        acknowledged++;
        known.value = pending.value;
      }
      known.pending = undefined;
      if (stop.aborted) {
        return { acknowledged, unknown: 0 };
      }
    }
  }

  /** Compares each register with what is known, then sends again what nobody knew the end of. */
  async #check(url: string): Promise<void> {
    for (const [register, known] of this.#known) {
      const { value, pending } = known;
      const read = await this.#registers.read(url, register);
      if (read !== value && read !== pending?.value) {
        throw new Error(`${register} is ${read}, after ${value} was acknowledged and ${pending?.value} was sent`);
      }
      if (pending !== undefined) {
        known.value = await this.#repeat(url, register, pending);
        known.pending = undefined;
      }
    }
  }

  /** Sends a write until it is made, writes another value, sends the first once more; returns the value that stands. */
  async #repeat(url: string, register: string, { value, key }: Pending): Promise<number> {
    const headers = { "idempotency-key": key };
    const other = value ^ 1;
    const outcomes = [await this.#registers.write(url, register, value, headers)];
    const made = await this.#registers.read(url, register);
    outcomes.push(await this.#registers.write(url, register, other));
    outcomes.push(await this.#registers.write(url, register, value, headers));
    const read = await this.#registers.read(url, register);
    if (outcomes.some((outcome) => outcome !== "acknowledged") || made !== value || read !== other) {
      const what = `${value} was sent again, ${other} written, and the first sent once more: ${outcomes}`;
      throw new Error(`${register} is ${made}, then ${read}, after ${what}`);
    }
    return other;
  }

  #of(register: string): Known {
    const known = this.#known.get(register) ?? { value: 0, pending: undefined };
    this.#known.set(register, known);
    return known;
  }
}
