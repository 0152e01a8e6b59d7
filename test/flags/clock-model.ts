import { codedIndex, codedSetting } from "../../src/flags/override-code.ts";
import type { ResidentOrganisation } from "../../src/flags/resident-organisation.ts";

/** All that can be seen of an organisation in memory. */
export interface Held {
  readonly overrides: ReadonlyMap<number, boolean>;
  readonly revision: number;
  readonly refreshedAt: number;
}

/** Reads all that can be seen. */
export function heldOf(organisation: ResidentOrganisation | undefined): Held | undefined {
  if (organisation === undefined) {
    return undefined;
  }
  const { revision, refreshedAt } = organisation;
  const pairs = organisation.overrides().map((code) => [codedIndex(code), codedSetting(code)] as const);
  return { overrides: new Map(pairs), revision, refreshedAt };
}

interface Entry {
  held: Held;
  used: boolean;
}

/** What `ResidentOrganisations` must do, in the plainest way: a Map, and the face of a clock. */
export class ClockModel {
  readonly #entries = new Map<string, Entry>();
  readonly #face: string[] = [];
  readonly #bound: number;
  #hand = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#entries.size;
  }

  use(orgId: string): Held | undefined {
    const entry = this.#entries.get(orgId);
    if (entry !== undefined) {
      entry.used = true;
    }
    return entry?.held;
  }

  put(
    orgId: string,
    overrides: readonly (readonly [index: number, enabled: boolean])[],
    readAt: { readonly time: number; readonly revision: number },
  ): Held {
    if (!this.#entries.has(orgId)) {
      this.#place(orgId);
    }
    const held = { overrides: new Map(overrides), revision: readAt.revision, refreshedAt: readAt.time };
    this.#entries.set(orgId, { held, used: false });
    return held;
  }

  set(orgId: string, index: number, enabled: boolean | undefined, revision: number): undefined {
    const entry = this.#entries.get(orgId);
    if (entry !== undefined) {
      const others = [...entry.held.overrides].filter(([other]) => other !== index);
      const overrides = new Map(enabled === undefined ? others : [...others, [index, enabled]]);
      entry.held = { overrides, revision, refreshedAt: entry.held.refreshedAt };
    }
  }

  clear(): undefined {
    this.#entries.clear();
    this.#face.length = 0;
    this.#hand = 0;
  }

  #place(orgId: string): void {
    if (this.#face.length < this.#bound) {
      this.#face.push(orgId);
      return;
    }
    for (let entry = this.#atHand(); entry?.used; entry = this.#atHand()) {
      entry.used = false;
      this.#advance();
    }
    this.#entries.delete(this.#face[this.#hand] ?? "");
    this.#face[this.#hand] = orgId;
    this.#advance();
  }

  #atHand(): Entry | undefined {
    return this.#entries.get(this.#face[this.#hand] ?? "");
  }

  #advance(): void {
    this.#hand = (this.#hand + 1) % this.#bound;
  }
}
