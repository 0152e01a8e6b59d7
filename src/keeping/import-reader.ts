import { DomainError } from "../domain/errors.ts";
import { settleState } from "../domain/past.ts";
import type { Import, ImportScope } from "../storage/import.ts";
import type { ExportScope } from "./export-record.ts";
import { type ImportRecord, readHead, readRecord } from "./import-record.ts";
import { ImportFault, LineFault } from "./line-fault.ts";
import { type TextLine, textLines } from "./text-lines.ts";

const maxFaults = 10;

/** What an import has besides what it is to make. */
export interface ReadImport {
  readonly scope: ImportScope;
  /** How many lines of the history there are, which are not made again. */
  readonly changes: number;
  /** How many overrides have ended, or been replaced by nothing, since they were exported. */
  readonly ended: number;
}

/**
 * Reads an export into an import; throws ImportFault that names the lines at fault, all of them counted. `now`, in
 * milliseconds since 1970, UTC, says what has begun and ended by itself.
 */
export async function readImport(
  chunks: AsyncIterable<Buffer>,
  target: Import,
  prune: boolean,
  now: number,
): Promise<ReadImport> {
  const reader = new ImportReader(target, now);
  try {
    for await (const line of textLines(chunks)) {
      reader.read(line);
    }
  } catch (error) {
    // Behind a line that can't be told from the next one nothing can be read.
    reader.stop(error);
  }
  return reader.end(prune);
}

class ImportReader {
  readonly #target: Import;
  readonly #now: number;
  readonly #faults: LineFault[] = [];
  #more = 0;
  #scope: ExportScope | undefined;
  #last = 0;
  #hasEnded = false;
  #changes = 0;
  #ended = 0;

  constructor(target: Import, now: number) {
    this.#target = target;
    this.#now = now;
  }

  read({ number, text }: TextLine): void {
    this.#last = number;
    try {
      if (this.#scope === undefined) {
        this.#scope = readHead(text);
      } else {
        this.#take(number, readRecord(text), this.#scope);
      }
    } catch (error) {
      if (!(error instanceof DomainError)) {
        throw error;
      }
      this.#add(new LineFault(number, error.message));
      // Whatever it was meant to be.
      this.#scope ??= { orgId: undefined, featureKey: undefined };
    }
  }

  stop(error: unknown): void {
    if (!(error instanceof LineFault)) {
      throw error;
    }
    this.#add(error);
    this.#hasEnded = true;
  }

  end(prune: boolean): ReadImport {
    const { orgId, featureKey } = this.#scope ?? {};
    const scope = { orgId, featureKey, prune };
    if (!this.#hasEnded) {
      this.#add(new LineFault(this.#last + 1, 'the end is missing: the last line of an export is {"kind":"end"}'));
    }
    for (const unknown of this.#faults.length > 0 ? [] : this.#target.unknownFeatures(scope)) {
      const where = prune ? "in the import" : "in the import or the catalogue";
      this.#add(new LineFault(unknown.line, `feature_key: no feature "${unknown.featureKey}" is ${where}`));
    }
    if (this.#faults.length > 0) {
      throw new ImportFault(this.#faults, this.#more);
    }
    return { scope, changes: this.#changes, ended: this.#ended };
  }

  #take(line: number, record: ImportRecord, scope: ExportScope): void {
    if (this.#hasEnded) {
      throw new DomainError("INVALID_ARGUMENT", "nothing may come behind the line of the end");
    }
    switch (record.kind) {
      case "feature":
        requireInScope(scope, undefined, record.featureKey);
        requireOnce(this.#target.addFeature(line, record.featureKey, record.state));
        break;
      case "override":
        requireInScope(scope, record.orgId, record.featureKey);
        this.#addOverride(line, record);
        break;
      case "change":
        this.#changes++;
        break;
      case "end":
        this.#hasEnded = true;
        break;
      default:
        record satisfies never;
    }
  }

  #addOverride(line: number, { orgId, featureKey, state }: Extract<ImportRecord, { kind: "override" }>): void {
    const settled = settleState(state, this.#now);
    if (settled.setting === undefined && settled.scheduled === undefined) {
      this.#ended++;
    } else {
      requireOnce(this.#target.addOverride(line, orgId, featureKey, settled));
    }
  }

  #add(fault: LineFault): void {
    if (this.#faults.length < maxFaults) {
      this.#faults.push(fault);
    } else {
      this.#more++;
    }
  }
}

function requireInScope(scope: ExportScope, orgId: string | undefined, featureKey: string): void {
  if (scope.orgId !== undefined && scope.orgId !== orgId) {
    const message = `the first line says that all is of the organisation "${scope.orgId}"; this is not`;
    throw new DomainError("INVALID_ARGUMENT", message);
  }
  if (scope.featureKey !== undefined && scope.featureKey !== featureKey) {
    const message = `the first line says that all is of the feature "${scope.featureKey}"; this is not`;
    throw new DomainError("INVALID_ARGUMENT", message);
  }
}

function requireOnce(earlier: number | undefined): void {
  if (earlier !== undefined) {
    throw new DomainError("INVALID_ARGUMENT", `the same stands in line ${earlier} already`);
  }
}
