import type { ClientHttp2Session } from "node:http2";
import { afterAll, beforeAll } from "vitest";
import { callHttp1 } from "./http1-call.ts";
import { callHttp2, connectHttp2, type Http2Seen } from "./http2-call.ts";
import { type Lanes, startLanes } from "./lanes.ts";
import { outcomeProcedures } from "./outcomes.ts";
import type { Wire } from "./wire.ts";

/** A call that both servers get. */
export interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Uint8Array[];
  readonly isChunked?: boolean;
}

/** What a client saw of a call: by HTTP/1.1 all bytes, by HTTP/2 what its frames say. */
export type Seen = Http2Seen | string;

/** What a client saw of the same call by each lane, and whether the unary lane had it. */
export interface Compared {
  readonly lean: Seen;
  readonly stock: Seen;
  readonly isTaken: boolean;
}

interface Side {
  readonly lanes: Lanes;
  readonly session: ClientHttp2Session;
}

type Options = Pick<Parameters<typeof startLanes>[0], "corsOrigins" | "isGuarded">;

/** Starts two servers for the tests of a file or a group, and returns what sends a call to both. */
export function bothLanes(options: Options = {}): (http: Wire["http"], call: Sent) => Promise<Compared> {
  const sides: Side[] = [];

  beforeAll(async () => {
    for (const isLean of [true, false]) {
      const lanes = await startLanes({ ...options, isLean, procedures: outcomeProcedures, onOver: afterAll });
      const session = connectHttp2(lanes.port);
      afterAll(() => session.destroy());
      sides.push({ lanes, session });
    }
  });

  return async (http, call) => {
    const [lean, stock] = sides;
    if (lean === undefined || stock === undefined) {
      throw new Error("the servers have not been started");
    }
    const before = lean.lanes.taken.length;
    const seen = await Promise.all([see(lean, http, call), see(stock, http, call)]);
    return { lean: seen[0], stock: seen[1], isTaken: lean.lanes.taken.length > before };
  };
}

function see({ lanes, session }: Side, http: Wire["http"], call: Sent): Promise<Seen> {
  return http === "2"
    ? callHttp2(session, { headers: { ":path": call.path, ...call.headers }, pieces: call.pieces })
    : callHttp1(lanes.port, call);
}
