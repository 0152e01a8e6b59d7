import type Database from "better-sqlite3";
import type { TokenUse } from "../../domain/token.ts";

/** Uses that are less apart than this, in milliseconds, are noted once. */
const apartMs = 60_000;

/** Notes when tokens were last used, inside a transaction. */
export class TokenUses {
  readonly #note: Database.Statement<{ id: string; time: number; before: number }>;

  constructor(db: Database.Database) {
    this.#note = db.prepare(`
      UPDATE tokens SET last_used_at = :time WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :before)`);
  }

  /** Notes uses, each at most once a minute, whichever process tells of it. */
  note(uses: readonly TokenUse[]): void {
    for (const { id, time } of uses) {
      this.#note.run({ id, time, before: time - apartMs });
    }
  }
}
