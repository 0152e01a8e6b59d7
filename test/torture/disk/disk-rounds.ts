import { join } from "node:path";
import { audit, copyDatabase } from "../audit.ts";
import type { Ground } from "../ground.ts";
import { Registers } from "../registers.ts";
import { RestClient, type RestReply } from "../rest-client.ts";
import type { Figures } from "../torture.ts";
import { until } from "../until.ts";
import type { FailingDisk } from "./failing-disk.ts";

const registers = Array.from({ length: 40 }, (_, index) => `org-${index}`);
const flags = "/api/v1/org-feature-flags";
const mostWrites = 5000;

/** How a disk is made, and whether it can be read while it fails. */
export interface DiskOptions {
  readonly rounds: number;
  readonly isReadable?: boolean;
  readonly make: (ground: Ground) => Promise<FailingDisk>;
}

/**
 * Makes the disk fail under a service, and lets it work again, without a restart. Writes are refused with UNAVAILABLE,
 * reads go on, the service stays ready, and once the disk works writes are taken again; what was acknowledged is there,
 * and what was refused is not. Where the disk can't even be read, reads may be refused, too, and the service is not ready
 * until it is started anew.
 */
export async function diskRounds(ground: Ground, { rounds, isReadable = true, make }: DiskOptions): Promise<Figures> {
  const victim = new Victim(ground, await make(ground), isReadable);
  const total = { rounds: 0, "writes refused": 0, "reads while it failed": 0, "reads refused": 0 };
  for (; total.rounds < rounds; total.rounds++) {
    await victim.write();
    const failing = await victim.fail();
    total["writes refused"] += failing.refused;
    total["reads while it failed"] += failing.reads;
    total["reads refused"] += failing.readsRefused;
    await victim.heal();
  }
  return { ...total, "changes stored": await victim.end() };
}

class Victim {
  readonly #ground: Ground;
  readonly #disk: FailingDisk;
  readonly #isReadable: boolean;
  readonly #client: RestClient;
  readonly #registers: Registers;
  readonly #values = new Map<string, number>();

  constructor(ground: Ground, disk: FailingDisk, isReadable: boolean) {
    this.#ground = ground;
    this.#disk = disk;
    this.#isReadable = isReadable;
    this.#client = new RestClient(4, disk.headers);
    this.#registers = new Registers(this.#client);
    ground.defer(() => this.#client.close());
  }

  /** Writes while all is well. */
  async write(): Promise<void> {
    for (const register of registers) {
      await this.#set(register, "acknowledged");
    }
  }

  /** Lets the disk fail; writes until it refuses, and reads everything meanwhile. */
  async fail(): Promise<{ refused: number; reads: number; readsRefused: number }> {
    await this.#disk.fail();
    const counts = { refused: 0, reads: 0, readsRefused: 0 };
    for (let write = 0; counts.refused < 20; write++) {
      if (write > mostWrites) {
        throw new Error(`nothing was refused of ${mostWrites} writes on a disk that fails`);
      }
      // New ones, which take room.
      const register = `new-${this.#ground.random.below(1e9)}`;
      counts.refused += Number((await this.#set(register)) === "refused");
    }
    for (const path of [...registers.map((each) => `${flags}/${each}`), flags, "/api/v1/changes", "/api/v1/features"]) {
      const answer = await this.#get(path);
      counts.reads++;
      counts.readsRefused += Number(answer.status === 503);
      if (answer.status !== 200 && (this.#isReadable || answer.status !== 503)) {
        throw new Error(`${path} was answered ${answer.status} ${answer.text}`);
      }
    }
    await this.#compare();
    const { status } = await this.#get("/readyz");
    if (status !== (this.#isReadable ? 200 : 503)) {
      throw new Error(`/readyz is ${status}: ${this.#disk.service.complaints.slice(0, 2000)}`);
    }
    return counts;
  }

  /** Lets the disk work again: writes are taken, if not the first then soon. */
  async heal(): Promise<void> {
    await this.#disk.heal();
    await until("a write that is taken", async () => (await this.#set("org-0")) === "acknowledged");
    await this.write();
    await this.#compare();
  }

  /** Stops the service, and looks through what it leaves; resolves with how many changes there are. */
  async end(): Promise<number> {
    const { service, file } = this.#disk;
    await this.#compare();
    // Behind the file system of another process it is gone with that one.
    const copy = file.startsWith("/proc/") ? copyDatabase(file, join(this.#ground.newFolder(), "copy.db")) : file;
    await service.stop();
    return audit(this.#ground, copy).changes;
  }

  async #set(register: string, expected?: string): Promise<string> {
    const value = this.#ground.random.below(2 ** 16);
    const outcome = await this.#registers.write(await this.#disk.service.url, register, value);
    if (outcome === "unknown" || (expected !== undefined && outcome !== expected)) {
      throw new Error(`a write was ${outcome}: ${this.#disk.service.complaints.slice(-2000)}`);
    }
    if (outcome === "acknowledged") {
      this.#values.set(register, value);
    } else if (this.#isReadable) {
      this.#values.set(register, this.#values.get(register) ?? 0);
    } else {
      // It may be stored: what could not be read may be what was to be answered.
      this.#values.delete(register);
    }
    return outcome;
  }

  async #compare(): Promise<void> {
    for (const [register, value] of this.#values) {
      const read = await this.#registers.read(await this.#disk.service.url, register);
      if (read !== value && (this.#isReadable || read !== undefined)) {
        throw new Error(`${register} is ${read}, and should be ${value}`);
      }
    }
  }

  async #get(path: string): Promise<RestReply> {
    return this.#client.call((await this.#disk.service.url) + path, "GET");
  }
}
