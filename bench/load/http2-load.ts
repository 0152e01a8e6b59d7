import { Http2Connection } from "./http2-connection.ts";
import { headerBlocks, requestFrames } from "./http2-frames.ts";
import type { Latencies } from "./latencies.ts";
import { InFlight, keepAwake, type Load } from "./load.ts";

/** What is sent over HTTP/2, and what must come back. */
export interface Http2Traffic {
  readonly connections: number;
  /** How many streams are open at a time, on each connection. */
  readonly streams: number;
  /** The header fields of every request, in their order. */
  readonly fields: readonly (readonly [string, string])[];
  /** The bodies of the requests, sent in turn. */
  readonly bodies: readonly Buffer[];
  /** How many bytes of DATA every answer has. */
  readonly expectedBytes: number;
}

/** A closed loop: every stream that ends is followed by the next one on its connection. It polls for answers. */
export async function openHttp2Load(url: string, traffic: Http2Traffic): Promise<Load> {
  const opening = Array.from({ length: traffic.connections }, () => Http2Connection.open(url));
  const connections = await Promise.all(opening);
  const { first, next } = headerBlocks(traffic.fields);
  const inFlight = new InFlight();
  const requests = {
    first: requestFrames(first, traffic.bodies[0] ?? Buffer.alloc(0)),
    further: traffic.bodies.map((body) => requestFrames(next, body)),
  };
  return {
    start(latencies) {
      inFlight.begin();
      for (const connection of connections) {
        keepBusy(connection, requests, { traffic, inFlight, latencies });
      }
      keepAwake(inFlight);
    },
    stop: () => inFlight.stop(),
    close() {
      for (const connection of connections) {
        connection.close();
      }
    },
  };
}

interface Requests {
  readonly first: Buffer;
  readonly further: readonly Buffer[];
}

interface Loop {
  readonly traffic: Http2Traffic;
  readonly inFlight: InFlight;
  readonly latencies: Latencies;
}

function keepBusy(connection: Http2Connection, requests: Requests, { traffic, inFlight, latencies }: Loop): void {
  const sentAt = new Map<number, number>();
  let turn = 0;
  const send = (): void => {
    const { first, further } = requests;
    const request = (turn === 0 ? first : further[turn % further.length]) ?? first;
    turn++;
    inFlight.sent();
    sentAt.set(connection.add(request), performance.now());
  };
  connection.events = {
    answered(streamId, dataBytes) {
      latencies.record(performance.now() - (sentAt.get(streamId) ?? 0));
      sentAt.delete(streamId);
      if (dataBytes !== traffic.expectedBytes) {
        inFlight.fail(`${dataBytes} bytes of DATA instead of ${traffic.expectedBytes}`);
      }
      if (inFlight.running) {
        send();
      }
      inFlight.answered();
    },
    failed: (why) => inFlight.fail(why),
  };
  for (let stream = 0; stream < traffic.streams; stream++) {
    send();
  }
  connection.flush();
}
