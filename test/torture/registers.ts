import type { RestClient } from "./rest-client.ts";

const base = "/api/v1/org-feature-flags";
const width = 16;
const bits = Array.from({ length: width }, (_, bit) => `bit${bit}`);

/** What became of a write: it is acknowledged, refused for want of the store, or nobody knows. */
export type Outcome = "acknowledged" | "refused" | "unknown";

/**
 * Organisations as registers: the flags of one are the bits of a number from 0 to 65,535, which a batch writes at once.
 * What is half written is another number.
 */
export class Registers {
  readonly #client: RestClient;

  constructor(client: RestClient) {
    this.#client = client;
  }

  /** Writes a register; throws of an answer that is none of the outcomes. */
  async write(url: string, register: string, value: number, headers: Record<string, string> = {}): Promise<Outcome> {
    const updates = bits.map((feature_key, bit) => {
      return { org_id: register, feature_key, enabled: ((value >> bit) & 1) === 1 };
    });
    const sending = this.#client.call(`${url}${base}:batchUpdate`, "POST", { updates }, headers);
    const answer = await sending.catch(() => undefined);
    if (answer === undefined) {
      return "unknown";
    }
    if (answer.status === 503) {
      return "refused";
    }
    if (answer.status !== 200) {
      throw new Error(`a batch was answered ${answer.status} ${answer.text}`);
    }
    return "acknowledged";
  }

  /** Reads a register; undefined where the connection is lost, or the server is about to end. */
  async read(url: string, register: string): Promise<number | undefined> {
    const answer = await this.#client.call(`${url}${base}/${register}`, "GET").catch(() => undefined);
    if (answer === undefined || answer.status === 503) {
      return undefined;
    }
    if (answer.status !== 200) {
      throw new Error(`a read was answered ${answer.status} ${answer.text}`);
    }
    // As the API document says.
    const { flags }: { flags: Record<string, boolean> } = JSON.parse(answer.text);
    return bits.reduce((value, key, bit) => value | (flags[key] === true ? 1 << bit : 0), 0);
  }
}
