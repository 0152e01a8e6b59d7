import { Http1Connection } from "./http1-connection.ts";
import type { Latencies } from "./latencies.ts";
import { InFlight, keepAwake, type Load } from "./load.ts";

/** What is sent over HTTP/1.1, and what must come back. */
export interface Http1Traffic {
  readonly connections: number;
  /** The next request of a connection, whose number counts from 0. */
  next(connection: number): Buffer;
  readonly expectedStatus: number;
  /** Whether to poll rather than to sleep between answers; for what leaves a core to the client. */
  readonly polls?: boolean;
}

/** A closed loop: every connection sends its next request when the answer to the one before is whole. */
export async function openHttp1Load(url: string, traffic: Http1Traffic): Promise<Load> {
  const opening = Array.from({ length: traffic.connections }, () => Http1Connection.open(url));
  const connections = await Promise.all(opening);
  const inFlight = new InFlight();
  return {
    start(latencies) {
      inFlight.begin();
      for (const [number, connection] of connections.entries()) {
        keepBusy(connection, number, { traffic, inFlight, latencies });
      }
      if (traffic.polls) {
        keepAwake(inFlight);
      }
    },
    stop: () => inFlight.stop(),
    close() {
      for (const connection of connections) {
        connection.close();
      }
    },
  };
}

interface Loop {
  readonly traffic: Http1Traffic;
  readonly inFlight: InFlight;
  readonly latencies: Latencies;
}

function keepBusy(connection: Http1Connection, number: number, { traffic, inFlight, latencies }: Loop): void {
  let sentAt = 0;
  const send = (): void => {
    inFlight.sent();
    sentAt = performance.now();
    connection.send(traffic.next(number));
  };
  connection.events = {
    answered(status) {
      latencies.record(performance.now() - sentAt);
      if (status !== traffic.expectedStatus) {
        inFlight.fail(`status ${status} instead of ${traffic.expectedStatus}`);
      }
      if (inFlight.running) {
        send();
      }
      inFlight.answered();
    },
    failed: (why) => inFlight.fail(why),
  };
  send();
}
