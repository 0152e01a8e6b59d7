import { Http1Connection } from "./http1-connection.ts";
import type { Http1Traffic } from "./http1-load.ts";
import type { Latencies } from "./latencies.ts";
import { InFlight, type Load } from "./load.ts";

/**
 * An open loop: so many requests a second, whatever the server does. A latency counts from when a request was due, so
 * that one which had to wait for a free connection is not flattered.
 */
export async function openPacedLoad(url: string, traffic: Http1Traffic, perSecond: number): Promise<Load> {
  const opening = Array.from({ length: traffic.connections }, () => Http1Connection.open(url));
  return new PacedLoad(await Promise.all(opening), traffic, perSecond);
}

class PacedLoad implements Load {
  readonly #connections: readonly Http1Connection[];
  readonly #traffic: Http1Traffic;
  readonly #perSecond: number;
  readonly #inFlight = new InFlight();
  /** The numbers of the connections without a request. */
  readonly #free: number[] = [];
  /** When those were due that no connection was free for. */
  readonly #due: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: readonly Http1Connection[], traffic: Http1Traffic, perSecond: number) {
    this.#connections = connections;
    this.#traffic = traffic;
    this.#perSecond = perSecond;
  }

  start(latencies: Latencies): void {
    const startedAt = performance.now();
    let asked = 0;
    this.#inFlight.begin();
    this.#free.push(...this.#connections.keys());
    this.#timer = setInterval(() => {
      const now = performance.now();
      const target = Math.floor(((now - startedAt) * this.#perSecond) / 1000);
      for (; asked < target; asked++) {
        this.#due.push(now);
      }
      this.#sendDue(latencies);
    }, 1);
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#due.length = 0;
    return this.#inFlight.stop();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#connections) {
      connection.close();
    }
  }

  #sendDue(latencies: Latencies): void {
    while (this.#due.length > 0 && this.#free.length > 0) {
      this.#send(this.#free.shift() ?? 0, this.#due.shift() ?? 0, latencies);
    }
  }

  #send(number: number, dueAt: number, latencies: Latencies): void {
    const connection = this.#connections[number];
    if (connection === undefined) {
      return;
    }
    connection.events = {
      answered: (status) => {
        latencies.record(performance.now() - dueAt);
        if (status !== this.#traffic.expectedStatus) {
          this.#inFlight.fail(`status ${status} instead of ${this.#traffic.expectedStatus}`);
        }
        this.#free.push(number);
        this.#sendDue(latencies);
        this.#inFlight.answered();
      },
      failed: (why) => this.#inFlight.fail(why),
    };
    this.#inFlight.sent();
    connection.send(this.#traffic.next(number));
  }
}
