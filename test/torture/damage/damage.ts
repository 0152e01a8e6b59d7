import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import type { Ground } from "../ground.ts";
import { RestClient } from "../rest-client.ts";
import { Service } from "../service.ts";
import type { Figures } from "../torture.ts";
import { examine, type Findings } from "./examine.ts";
import { type Harm, harm } from "./harm.ts";
import { Pristine } from "./pristine.ts";

const url = "/api/v1/org-feature-flags";
// Bits of the head say whose the file is, and of which version: those, too, may be what was turned.
const refusals = new Set<number | null>([
  exitCodes.databaseDamaged,
  exitCodes.databaseNewer,
  exitCodes.databaseForeign,
]);

/** When the harm is done: before the service starts, or while it runs. */
export type DamageTime = "at rest" | "while running";

/**
 * Damages the files of a database at random, and asks the service for everything. It must refuse to start, with the exit
 * code for it, or answer each request rightly or with 503; what it answers wrongly must be nothing that SQLite's own
 * check finds, or, where the harm was done while it ran, must keep it from starting again. It never crashes, and having met
 * damage it is not ready any more.
 */
export async function damageRounds(ground: Ground, time: DamageTime, rounds: number): Promise<Figures> {
  const pristine = await Pristine.make(ground);
  const total = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const victim = new Victim(ground, pristine, time);
    const outcome = await victim.suffer();
    total.set(outcome, (total.get(outcome) ?? 0) + 1);
    if ((round + 1) % 25 === 0) {
      ground.say(`${round + 1} of ${rounds} rounds`);
    }
  }
  return { rounds, ...Object.fromEntries([...total].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

class Victim {
  readonly #ground: Ground;
  readonly #pristine: Pristine;
  readonly #time: DamageTime;
  readonly #file: string;
  readonly #client = new RestClient();

  constructor(ground: Ground, pristine: Pristine, time: DamageTime) {
    this.#ground = ground;
    this.#pristine = pristine;
    this.#time = time;
    this.#file = join(ground.newFolder(), "orgflags.db");
    pristine.copy(this.#file);
  }

  /** Resolves with what came of it, in words. */
  async suffer(): Promise<string> {
    if (this.#time === "while running") {
      const service = new Service(this.#ground, { file: this.#file });
      const address = await service.url;
      return this.#ask(service, address, harm(this.#file, this.#ground.random, true));
    }
    const done = harm(this.#file, this.#ground.random);
    // As it is now: the service may repair, or make worse, what it finds.
    const kept = this.#keep();
    const service = new Service(this.#ground, { file: this.#file });
    const address = await service.url.catch(() => undefined);
    return address === undefined ? this.#refusal(service, done) : this.#ask(service, address, done, kept);
  }

  async #refusal(service: Service, done: Harm): Promise<string> {
    const { exitCode, complaints } = await service.ended;
    if (!refusals.has(exitCode) || !/^orgflags: [^\n]*orgflags\.db[^\n]*\n$/.test(complaints)) {
      throw new Error(`after ${JSON.stringify(done)} it ended with ${exitCode}: ${complaints}`);
    }
    return `refused at the start, exit code ${exitCode}`;
  }

  async #ask(service: Service, address: string, done: Harm, kept?: string): Promise<string> {
    const found = await examine(address, this.#client, this.#pristine);
    const refused = found.refused + Number(await this.#write(address));
    const ready = (await this.#client.call(`${address}/readyz`, "GET")).status;
    this.#client.close();
    await service.stop();
    const what = JSON.stringify({ seed: this.#ground.random.seed, ...done, ready });
    if (refused > 0 && ready !== 503) {
      throw new Error(`after ${what} it refused ${refused} requests, and is still ready: ${service.complaints}`);
    }
    if (found.wrong.length > 0) {
      return kept === undefined ? this.#again() : this.#wrong(found, what, kept, service);
    }
    return refused > 0 ? "some requests refused, all others answered rightly" : this.#right(found);
  }

  #right({ earlier }: Findings): string {
    return earlier > 0 ? "answered as of an earlier revision" : "answered rightly";
  }

  #wrong({ wrong }: Findings, what: string, file: string, { complaints }: Service): string {
    const verdict = check(file);
    if (verdict !== "ok") {
      throw new Error(`after ${what}: ${wrong.length} wrong, where SQLite says ${verdict}: ${wrong[0]}; ${complaints}`);
    }
    return "answered wrongly, where SQLite finds nothing either";
  }

  /** Nothing can tell that a page has become another one while it is read: the next start does. */
  async #again(): Promise<string> {
    const verdict = check(this.#file);
    const service = new Service(this.#ground, { file: this.#file });
    const address = await service.url.catch(() => undefined);
    if (address === undefined) {
      return `answered wrongly: ${await this.#refusal(service, { end: "", kind: "harm while it ran" })}`;
    }
    await service.stop();
    if (verdict !== "ok") {
      throw new Error(`it starts on a database of which SQLite says ${verdict}`);
    }
    return "answered wrongly, where SQLite finds nothing either";
  }

  /** Whether a write of every organisation's first feature is refused. */
  async #write(address: string): Promise<boolean> {
    const updates = this.#pristine.orgIds.map((org_id) => ({ org_id, feature_key: "feature_0", enabled: true }));
    const { status, text } = await this.#client.call(`${address}${url}:batchUpdate`, "POST", { updates });
    if (status !== 200 && status !== 503) {
      throw new Error(`a batch was answered ${status} ${text}`);
    }
    return status === 503;
  }

  #keep(): string {
    const kept = `${this.#file}.kept`;
    for (const end of ["", "-wal"].filter((each) => existsSync(this.#file + each))) {
      copyFileSync(this.#file + end, kept + end);
    }
    return kept;
  }
}

/** What `PRAGMA integrity_check` says of a database: `ok`, or what it finds first. */
function check(file: string): string {
  try {
    const db = new Database(file);
    try {
      return String(db.pragma("integrity_check(1)", { simple: true }));
    } finally {
      db.close();
    }
  } catch (error) {
    return String(error);
  }
}
