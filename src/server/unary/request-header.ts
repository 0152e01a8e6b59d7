import type { IncomingHttpHeaders } from "node:http";

/**
 * The headers of a request, made into `Headers` only for what takes more than looking up a name: most calls look up
 * one or two, and copying them all would cost more than the rest of the call.
 */
export class RequestHeader implements Headers {
  readonly #source: IncomingHttpHeaders;
  #whole: Headers | undefined;

  constructor(source: IncomingHttpHeaders) {
    this.#source = source;
  }

  get(name: string): string | null {
    if (this.#whole === undefined) {
      const lowerCase = name.toLowerCase();
      const value = this.#source[lowerCase];
      if (value === undefined) {
        return null;
      }
      if (typeof value === "string" && !lowerCase.startsWith(":")) {
        return value;
      }
    }
    return this.#headers.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  append(name: string, value: string): void {
    this.#headers.append(name, value);
  }

  delete(name: string): void {
    this.#headers.delete(name);
  }

  set(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  getSetCookie(): string[] {
    return this.#headers.getSetCookie();
  }

  forEach(callback: (value: string, key: string, self: Headers) => void, thisArg?: unknown): void {
    this.#headers.forEach((value, key) => {
      callback.call(thisArg, value, key, this);
    });
  }

  keys() {
    return this.#headers.keys();
  }

  values() {
    return this.#headers.values();
  }

  entries() {
    return this.#headers.entries();
  }

  [Symbol.iterator]() {
    return this.#headers.entries();
  }

  get #headers(): Headers {
    this.#whole ??= toHeaders(this.#source);
    return this.#whole;
  }
}

/** Without the pseudo-headers of HTTP/2. */
function toHeaders(source: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(source)) {
    for (const each of typeof value === "string" ? [value] : (value ?? [])) {
      if (!name.startsWith(":")) {
        headers.append(name, each);
      }
    }
  }
  return headers;
}
