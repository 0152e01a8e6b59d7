import { type FieldViolation, invalidArgument } from "../domain/errors.ts";
import { quote } from "../domain/validation.ts";

// RFC 3339, 5.6, with a fraction of nine digits at the most.
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** The members of a JSON object, read one after the other; each fault is an `INVALID_ARGUMENT` that names the member. */
export class Members {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #at: string;

  private constructor(members: Readonly<Record<string, unknown>>, at: string) {
    this.#members = members;
    this.#at = at;
  }

  /** Reads an object that has no other members than the `known`; `at` prefixes their names in faults. */
  static of(value: unknown, at: string, known: readonly string[]): Members {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw fault(at === "" ? "the line" : at.slice(0, -1), "must be a JSON object");
    }
    const unknown = Object.keys(value).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw fault(`${at}${unknown}`, `is no member; there are ${known.join(", ")}`);
    }
    return new Members(Object.fromEntries(Object.entries(value)), at);
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined;
  }

  isNumber(name: string, value: number): boolean {
    return this.#members[name] === value;
  }

  text(name: string, fallback?: string): string {
    const value = this.#members[name] ?? fallback;
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw this.#fault(name, "must be a text", value);
    }
    return value;
  }

  /** A text that a check finds nothing wrong with. */
  checked(
    name: string,
    check: (field: string, value: string) => FieldViolation | undefined,
    fallback?: string,
  ): string {
    const value = this.text(name, fallback);
    const violation = check(this.#at + name, value);
    if (violation !== undefined) {
      throw invalidArgument([violation]);
    }
    return value;
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.#members[name] ?? fallback;
    if (typeof value !== "boolean") {
      throw this.#fault(name, "must be true or false", value);
    }
    return value;
  }

  /** A time in milliseconds since 1970, UTC. */
  time(name: string): number {
    const value = this.#members[name];
    const time = typeof value === "string" && isTime(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(time)) {
      throw this.#fault(name, "must be a time such as 2026-05-04T10:00:00Z", value);
    }
    return time;
  }

  optionalTime(name: string): number | undefined {
    return this.has(name) ? this.time(name) : undefined;
  }

  /** An object within. */
  members(name: string, known: readonly string[]): Members {
    return Members.of(this.#members[name], `${this.#at}${name}.`, known);
  }

  #fault(name: string, accepted: string, value: unknown): Error {
    const got = value === undefined ? "it is missing" : `got ${quote(JSON.stringify(value))}`;
    return fault(this.#at + name, `${accepted}; ${got}`);
  }
}

function isTime(text: string): boolean {
  const local = Date.parse(`${text.slice(0, 19)}Z`);
  // Date.parse rolls over days that a month lacks, and takes 24:00: what does not come back as it went is no time.
  return timePattern.test(text) && !Number.isNaN(local) && new Date(local).toISOString().startsWith(text.slice(0, 19));
}

function fault(field: string, description: string): Error {
  return invalidArgument([{ field, description }]);
}
