/**
 * An organisation as it is held in memory: overrides only, never a default.
 *
 * Its overrides are one flat string, which costs a fraction of a Map or a typed array of that size: two UTF-16 units
 * for each, the upper and lower half of `2 * index + setting`, where the index is the catalogue's for the feature.
 */
export class ResidentOrganisation {
  readonly orgId: string;
  /** When this process last read it from the store, in milliseconds since 1970, UTC. */
  readonly refreshedAt: number;
  /** Whether it was used since the last look for one that may go, and where its place is among all. */
  used = false;
  place = 0;
  #overrides: string;
  #revision: number;

  /** Takes pairs of a feature's index and its setting. */
  constructor(
    orgId: string,
    overrides: Iterable<readonly [index: number, enabled: boolean]>,
    readAt: { readonly time: number; readonly revision: number },
  ) {
    this.orgId = detached(orgId);
    this.refreshedAt = readAt.time;
    this.#revision = readAt.revision;
    this.#overrides = flat([...overrides].map(([index, enabled]) => code(index, enabled)));
  }

  /** The setting of a feature, if there is one. */
  get(index: number): boolean | undefined {
    const overrides = this.#overrides;
    const off = code(index, false);
    for (let at = 0; at < overrides.length; at += 2) {
      const found = codeAt(overrides, at);
      // Settings of one feature differ in the last bit alone.
      if ((found | 1) === (off | 1)) {
        return found !== off;
      }
    }
    return undefined;
  }

  /** Calls back with each override. */
  forEach(use: (index: number, enabled: boolean) => void): void {
    const overrides = this.#overrides;
    for (let at = 0; at < overrides.length; at += 2) {
      const found = codeAt(overrides, at);
      use(found >>> 1, (found & 1) === 1);
    }
  }

  /** The revision of the last change that it has taken in, or as of which it was read. */
  get revision(): number {
    return this.#revision;
  }

  /** Sets an override, or with `undefined` removes it, by a change of that revision. */
  set(index: number, enabled: boolean | undefined, revision: number): void {
    this.#revision = revision;
    const codes: number[] = [];
    this.forEach((other, setting) => {
      if (other !== index) {
        codes.push(code(other, setting));
      }
    });
    if (enabled !== undefined) {
      codes.push(code(index, enabled));
    }
    this.#overrides = flat(codes);
  }
}

function code(index: number, enabled: boolean): number {
  return (index << 1) | (enabled ? 1 : 0);
}

function codeAt(overrides: string, at: number): number {
  return (overrides.charCodeAt(at) << 16) | overrides.charCodeAt(at + 1);
}

function flat(codes: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(codes.length * 4);
  codes.forEach((each, number) => {
    bytes.writeUInt16LE(each >>> 16, number * 4);
    bytes.writeUInt16LE(each & 0xffff, number * 4 + 2);
  });
  // Read from bytes, it is one piece; joined from parts, it would keep the parts.
  return bytes.toString("utf16le");
}

/** The same text in memory of its own: an id that was cut from a request's target keeps all of the target. */
function detached(orgId: string): string {
  return Buffer.from(orgId, "latin1").toString("latin1");
}
