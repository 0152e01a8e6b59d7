import fc from "fast-check";
import type { Random } from "../random.ts";
import { lanes, methods } from "./lanes.ts";
import { messages } from "./messages.ts";
import { meaningfulHeaders } from "./vocabulary.ts";
import type { WireRequest } from "./wire-request.ts";

const sampled = 100;
// REST has most to read by itself.
const ways = [...Object.values(lanes), ...Array.from({ length: 4 }, () => lanes.REST), lanes.OFREP];

/** Requests that are generated from the descriptors: every method, every lane, fields and headers of all kinds. */
export class Corpus {
  readonly #random: Random;
  #ready: WireRequest[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next request. */
  next(): WireRequest {
    for (;;) {
      const request = this.#ready.pop();
      if (request !== undefined) {
        return request;
      }
      this.#ready = this.#generate();
    }
  }

  #generate(): WireRequest[] {
    const method = this.#random.oneOf(methods);
    const numRuns = sampled;
    const sample = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.sample(arbitrary, { numRuns, seed: this.#random.below(2 ** 31) });
    const inputs = sample(messages(method.input));
    const extras = sample(fc.array(meaningfulHeaders, { maxLength: 3 }));
    return inputs.flatMap((message, index) => {
      const make = this.#random.oneOf(ways);
      try {
        const request = make?.(method, message);
        const headers = this.#random.happens(0.6) ? [] : (extras[index] ?? []);
        return request === undefined ? [] : [{ ...request, headers: [...request.headers, ...headers] }];
      } catch {
        // What can't be encoded, such as half a surrogate pair, nobody can send.
        return [];
      }
    });
  }
}
