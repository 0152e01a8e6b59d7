import { everything, type Scope } from "../domain/access.ts";
import { DomainError } from "../domain/errors.ts";
import { isLimited } from "../domain/reach.ts";
import type { Flags } from "../flags/flags.ts";
import type { OrgFrom } from "./evaluation-context.ts";
import { documentOf, maxDocumentBytes, tooLarge } from "./flag-definitions.ts";
import { TargetedFlags } from "./targeted-flags.ts";

// An override takes a few bytes of a document: more than these are not even read.
const maxOverrides = Math.floor(maxDocumentBytes / 8);

// Who joins when what is kept is further behind than this has it read anew. What is kept of a scope is as old as the last
// change in that, of which the log may be gone: it is few, and read anew where there was any change at all.
const maxBehind = 5000;

// What was refused is refused again, unread, for so long or until so much has changed: clients ask again and again.
const refusalMs = 10_000;
const refusalChanges = 1000;

interface Refusal {
  readonly error: DomainError;
  readonly at: number;
  readonly revision: number;
}

/** The flags of all organisations of a scope, read once and then kept for as long as somebody follows them. */
export class AllOrganisations {
  readonly #flags: Flags;
  readonly #orgFrom: OrgFrom;
  readonly #scope: Scope;
  #kept: TargetedFlags | undefined;
  #reading: Promise<TargetedFlags> | undefined;
  #refusal: Refusal | undefined;
  #followers = 0;

  constructor(flags: Flags, orgFrom: OrgFrom, scope = everything) {
    this.#flags = flags;
    this.#orgFrom = orgFrom;
    this.#scope = scope;
  }

  /** All as of now. `RESOURCE_EXHAUSTED` where that is more than clients take. */
  async read(): Promise<TargetedFlags> {
    if (this.#refusal !== undefined && this.#holds(this.#refusal)) {
      throw this.#refusal.error;
    }
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Keeps them until `leave`; who follows tells of every change after their revision. Errors as in `read`. */
  async join(): Promise<TargetedFlags> {
    const oldest = this.#flags.revision - (isLimited(this.#scope) ? 0 : maxBehind);
    const isUsable = this.#kept !== undefined && this.#kept.revision >= oldest;
    const found = isUsable ? this.#kept : await this.read();
    this.#followers += 1;
    // Of two that were read the newer one takes in whatever followers of the older one tell.
    if (found !== undefined && found.revision > (this.#kept?.revision ?? -1)) {
      this.#kept = found;
    }
    return this.kept;
  }

  /** What is kept for those who follow. */
  get kept(): TargetedFlags {
    if (this.#kept === undefined) {
      throw new Error("nobody follows");
    }
    return this.#kept;
  }

  /** Ends what `join` began. */
  leave(): void {
    this.#followers -= 1;
    if (this.#followers === 0) {
      this.#kept = undefined;
    }
  }

  #holds({ at, revision }: Refusal): boolean {
    return performance.now() - at < refusalMs && this.#flags.revision - revision < refusalChanges;
  }

  async #readAll(): Promise<TargetedFlags> {
    try {
      const read = await this.#readOnce();
      // Throws where it is too large.
      documentOf(read.definitions());
      return read;
    } catch (error) {
      if (error instanceof DomainError && error.code === "RESOURCE_EXHAUSTED") {
        this.#refusal = { error, at: performance.now(), revision: this.#flags.revision };
      }
      throw error;
    }
  }

  async #readOnce(): Promise<TargetedFlags> {
    const counts = await this.#flags.overrideCounts(this.#scope);
    const count = counts.values().reduce((sum, { enabled, disabled }) => sum + enabled + disabled, 0);
    if (count > maxOverrides) {
      throw tooMany();
    }
    const read = await this.#flags.everything(maxOverrides, this.#scope);
    if (read.overrides.length > maxOverrides) {
      throw tooMany();
    }
    return new TargetedFlags(read, this.#orgFrom);
  }
}

function tooMany(): DomainError {
  return tooLarge(undefined, `of more than ${maxOverrides.toLocaleString("en")} overrides`);
}
