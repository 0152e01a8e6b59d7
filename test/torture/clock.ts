import { ok, strictEqual } from "node:assert";
import { join } from "node:path";
import type { Call } from "../../src/domain/call.ts";
import { DomainError } from "../../src/domain/errors.ts";
import type { NewSetting } from "../../src/domain/override.ts";
import { Flags } from "../../src/flags/flags.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { audit } from "./audit.ts";
import type { Ground } from "./ground.ts";
import type { Figures } from "./torture.ts";

const day = 24 * 60 * 60 * 1000;
const jumps = [1, 1000, 60_000, 3_600_000, day, 40 * day, 400 * day];
const featureKey = "feature";
const feature = { featureKey, description: "", defaultEnabled: false };
const organisations = Array.from({ length: 10 }, (_, index) => `org-${index}`);
const call: Call = { actor: "torture", reason: "" };

/** What is known of an override: on until a time, as long as no clock has shown that time. */
interface Known {
  readonly expiresAt: number;
  /** The latest time that a clock has shown since it was set. */
  latest: number;
}

/**
 * Lets the clock jump, forward and back, by a millisecond up to more than a year, between writes of overrides that end, plans
 * and idempotent writes. Revisions and times of changes stay in order; what is over by the clock is over for the next read,
 * and nothing is that no clock has reached; a write sent again within 24 hours is made once.
 */
export async function clockJumps(ground: Ground, steps: number): Promise<Figures> {
  const run = await Run.begin(ground);
  for (let step = 0; step < steps; step++) {
    await run.step();
  }
  return { jumps: steps, ...(await run.end()) };
}

class Run {
  readonly #ground: Ground;
  readonly #file: string;
  readonly #known = new Map<string, Known>();
  readonly #counts = { reads: 0, ended: 0, "sent again": 0, "refused as before the log's time": 0 };
  #now = Date.parse("2026-03-01T12:00:00Z");
  /** The latest time that it was. */
  #latest = this.#now;
  #keys = 0;
  #open: { readonly store: SqliteStore; readonly flags: Flags } | undefined;

  private constructor(ground: Ground) {
    this.#ground = ground;
    this.#file = join(ground.newFolder(), "orgflags.db");
  }

  static async begin(ground: Ground): Promise<Run> {
    const run = new Run(ground);
    // A run that fails leaves it open, and with it this process.
    ground.defer(() => run.#close());
    const { flags } = await run.#reopen();
    await flags.createFeature(feature, call);
    return run;
  }

  async step(): Promise<void> {
    const { random } = this.#ground;
    this.#jump();
    const { flags } = random.happens(0.02) ? await this.#reopen() : await this.#opened();
    const orgId = random.oneOf(organisations);
    await this.#read(flags, orgId);
    switch (random.below(4)) {
      case 0:
        await this.#set(flags, orgId);
        break;
      case 1:
        await this.#plan(flags, orgId);
        break;
      case 2:
        await this.#again(flags, orgId);
        break;
      default:
        await this.#read(flags, random.oneOf(organisations));
    }
  }

  async end(): Promise<Figures> {
    const { store } = await this.#opened();
    const changes = store.readChanges(0, 10_000_000);
    for (const [index, change] of changes.entries()) {
      strictEqual(change.revision, index + 1);
      ok(change.time >= (changes[index - 1]?.time ?? 0), `change ${change.revision} is before the one before it`);
    }
    await this.#close();
    return { ...this.#counts, changes: audit(this.#ground, this.#file).changes };
  }

  #jump(): void {
    const { random } = this.#ground;
    this.#move(random.oneOf(jumps) * random.oneOf([1, 1, -1]));
  }

  #move(by: number): void {
    this.#now += by;
    this.#latest = Math.max(this.#latest, this.#now);
    for (const known of this.#known.values()) {
      known.latest = Math.max(known.latest, this.#now);
    }
  }

  async #read(flags: Flags, orgId: string): Promise<void> {
    const isOn = await flags.check(orgId, featureKey);
    this.#counts.reads++;
    const known = this.#known.get(orgId);
    if (known === undefined) {
      return;
    }
    const isOver = known.expiresAt <= this.#now;
    const isReached = known.expiresAt <= known.latest;
    ok(!(isOver && isOn), `${orgId} is on, past its end`);
    ok(isReached || isOn, `${orgId} has ended before its time`);
    if (!isOn) {
      this.#counts.ended++;
      this.#known.delete(orgId);
    }
  }

  async #set(flags: Flags, orgId: string): Promise<void> {
    const expiresAt = this.#now + this.#ground.random.oneOf(jumps);
    if (await this.#write(flags, orgId, { enabled: true, startsAt: undefined, expiresAt })) {
      this.#known.set(orgId, { expiresAt, latest: this.#now });
    }
  }

  async #plan(flags: Flags, orgId: string): Promise<void> {
    const startsAt = this.#now + this.#ground.random.oneOf(jumps);
    const expiresAt = startsAt + this.#ground.random.oneOf(jumps);
    if (await this.#write(flags, orgId, { enabled: true, startsAt, expiresAt })) {
      // When it begins, and whether what it replaces ends before, is for another test.
      this.#known.delete(orgId);
    }
  }

  /** The time of the log never goes back: what would begin or end before it is refused, and nothing else is. */
  async #write(flags: Flags, orgId: string, setting: NewSetting): Promise<boolean> {
    try {
      await flags.updateOverrides([{ orgId, featureKey, setting, at: "" }], call);
      return true;
    } catch (error) {
      const first = setting.startsAt ?? setting.expiresAt ?? Number.POSITIVE_INFINITY;
      if (!(error instanceof DomainError) || error.code !== "INVALID_ARGUMENT" || first > this.#latest) {
        throw error;
      }
      this.#counts["refused as before the log's time"]++;
      return false;
    }
  }

  async #again(flags: Flags, orgId: string): Promise<void> {
    const idempotency = { key: `key-${this.#keys++}`, fingerprint: "same" };
    const setting = { enabled: this.#ground.random.happens(0.5), startsAt: undefined, expiresAt: undefined };
    const write = () => flags.updateOverrides([{ orgId, featureKey, setting, at: "" }], { ...call, idempotency });
    this.#known.delete(orgId);
    const first = await write();
    const { revision } = flags;
    this.#move(this.#ground.random.below(day));
    const second = await write();
    strictEqual(JSON.stringify(second), JSON.stringify(first));
    ok(flags.revision >= revision);
    this.#counts["sent again"]++;
  }

  async #opened(): Promise<{ readonly store: SqliteStore; readonly flags: Flags }> {
    return this.#open ?? this.#reopen();
  }

  async #reopen(): Promise<{ readonly store: SqliteStore; readonly flags: Flags }> {
    await this.#close();
    const clock = () => this.#now;
    const store = await SqliteStore.open({ file: this.#file, catalogue: "open", clock });
    this.#open = { store, flags: await Flags.open(store, { maxResidentOrganisations: 5, clock }) };
    return this.#open;
  }

  async #close(): Promise<void> {
    this.#open?.flags.close();
    await this.#open?.store.close();
    this.#open = undefined;
  }
}
