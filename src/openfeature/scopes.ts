import type { Scope } from "../domain/access.ts";
import { scopeText } from "../domain/scope-text.ts";
import type { Flags } from "../flags/flags.ts";
import { AllOrganisations } from "./all-organisations.ts";
import type { OrgFrom } from "./evaluation-context.ts";

// Who is forgotten goes on with what it has; only others no longer share that.
const maxShared = 100;

/** The flags of all organisations, of each scope once for all who ask within it. */
export class Scopes {
  readonly #flags: Flags;
  readonly #orgFrom: OrgFrom;
  readonly #shared = new Map<string, AllOrganisations>();

  constructor(flags: Flags, orgFrom: OrgFrom) {
    this.#flags = flags;
    this.#orgFrom = orgFrom;
  }

  /** The organisations of a scope. */
  of(scope: Scope): AllOrganisations {
    const text = scopeText(scope);
    const found = this.#shared.get(text) ?? new AllOrganisations(this.#flags, this.#orgFrom, scope);
    // The one used longest ago goes first.
    this.#shared.delete(text);
    this.#shared.set(text, found);
    const [oldest = text] = this.#shared.keys();
    if (this.#shared.size > maxShared) {
      this.#shared.delete(oldest);
    }
    return found;
  }
}
