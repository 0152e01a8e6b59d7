import type { Socket } from "node:net";
import { addressKey } from "../rpc/address-key.ts";
import { plainAddress } from "../rpc/peer.ts";

/** Counts the connections that are open, by the address that they come from. */
export class ConnectionCount {
  readonly #max: number;
  readonly #isExempt: (address: string) => boolean;
  readonly #counts = new Map<string, number>();

  /** At most `max` of one address; those that are exempt have any number. */
  constructor(max: number, isExempt: (address: string) => boolean) {
    this.#max = max;
    this.#isExempt = isExempt;
  }

  /** Counts a connection until it is closed; false, and not counted, where there are too many of its address. */
  admit(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress ?? "");
    if (this.#isExempt(address)) {
      return true;
    }
    const key = addressKey(address);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#max) {
      return false;
    }
    this.#counts.set(key, count + 1);
    socket.once("close", () => this.#release(key));
    return true;
  }

  #release(key: string): void {
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) {
      this.#counts.set(key, left);
    } else {
      this.#counts.delete(key);
    }
  }
}
