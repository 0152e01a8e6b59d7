import { once } from "node:events";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  dataOf,
  type Fields,
  frame,
  framesIn,
  frameType,
  lastData,
  opening,
  request,
  requestHead,
} from "./http2-frames.ts";
import { connectRaw, type RawConnection } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const ok = '{"status":"ok"}';

/** The fields of `GET /healthz`, and further ones. */
function probe(...more: Fields): Fields {
  return [[":method", "GET"], [":scheme", "http"], [":path", "/healthz"], [":authority", "x"], ...more];
}

const upload = probe().map(([name, value]) => [name, name === ":method" ? "PUT" : value] as const);

function further(count: number): Fields {
  return Array.from({ length: count }, (_, i) => [`x-${100 + i}`, "v"] as const);
}

function isReset(received: string, stream: number): boolean {
  return framesIn(received).some((each) => each.type === frameType.rstStream && each.stream === stream);
}

describe("connections of one address", () => {
  const limits = { maxConnectionsPerAddress: 2 };
  const ask = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

  async function served(port: number): Promise<RawConnection> {
    const connection = await connectRaw(port, ask);
    await connection.until("REST GET /a");
    return connection;
  }

  test("are served up to the bound, and closed at once past it", async () => {
    const { port } = await startServer({ limits });
    const first = await served(port);
    await served(port);
    expect(await (await connectRaw(port, ask)).closed()).toBe("");
    first.socket.destroy();
    // The server hears of the end a moment later.
    await expect
      .poll(() =>
        served(port).then(
          () => "served",
          () => "closed",
        ),
      )
      .toBe("served");
  });

  test("of another address have a bound of their own", async () => {
    const { port } = await startServer({ limits, host: "::" });
    await served(port);
    await served(port);
    const other = connectTcp({ host: "::1", port });
    onTestFinished(() => void other.destroy());
    other.write(ask);
    expect(String((await once(other, "data"))[0])).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("of a trusted proxy have none", async () => {
    const { port } = await startServer({ limits, trustedProxies: ["127.0.0.0/8"] });
    await Promise.all([served(port), served(port), served(port)]);
  });

  test("that another process has accepted count, too", async () => {
    const { server, port } = await startServer({ limits });
    await served(port);
    await served(port);
    const accepted = await acceptElsewhere();
    server.adopt(accepted);
    expect(accepted.destroyed).toBe(true);
  });
});

/** A connection that a server of somebody else has accepted. */
async function acceptElsewhere(): Promise<Socket> {
  const listener = createServer({ pauseOnConnect: true });
  onTestFinished(() => void listener.close());
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const client = connectTcp({ host: "127.0.0.1", port });
  onTestFinished(() => void client.destroy());
  const [socket] = await once(listener, "connection");
  return socket;
}

describe("header fields", () => {
  const limits = { maxHeaders: 10 };
  const http1 = (count: number) => {
    const lines = Array.from({ length: count - 1 }, (_, i) => `X-${i}: v\r\n`).join("");
    return `PUT /a HTTP/1.1\r\nHost: x\r\n${lines}\r\n`;
  };

  test("of HTTP/1.1 are read up to the bound; past it the request is refused, and the connection stays", async () => {
    const { port } = await startServer({ limits });
    const connection = await connectRaw(port, http1(10) + http1(11) + http1(10));
    const received = await connection.until("REST PUT /a");
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    await expect
      .poll(() => connection.received().match(/HTTP\/1\.1 \d+/g))
      .toEqual(["HTTP/1.1 200", "HTTP/1.1 431", "HTTP/1.1 200"]);
    expect(connection.received()).toContain('"code":8,"message":"the request has too many header fields"');
  });

  test("that are very many are refused all the same", async () => {
    const { port } = await startServer({ limits: { ...limits, maxHeaderBytes: 1024 * 1024 } });
    const connection = await connectRaw(port, http1(5000));
    expect(await connection.until("}")).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("of HTTP/2 are read up to the bound; past it the stream is refused", async () => {
    const { port } = await startServer({ limits });
    const bytes = [opening, request(1, probe(...further(6))), request(3, probe(...further(7))), request(5, probe())];
    const connection = await connectRaw(port, Buffer.concat(bytes));
    await expect.poll(() => dataOf(connection.received(), 5)).toBe(ok);
    const received = connection.received();
    expect([dataOf(received, 1), dataOf(received, 3), isReset(received, 3)]).toEqual([ok, "", true]);
  });
});

describe("the head of a request", () => {
  const limits = { maxHeaderBytes: 2048 };

  test.for([
    [1500, 200],
    [2500, 431],
  ])("of HTTP/1.1 with %i bytes of padding is answered %i", async ([bytes = 0, status]) => {
    const { port } = await startServer({ limits });
    const connection = await connectRaw(port, `GET /a HTTP/1.1\r\nHost: x\r\nX-Pad: ${"a".repeat(bytes)}\r\n\r\n`);
    expect(await connection.until("\r\n\r\n")).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test.for([
    [10, ok],
    [20, '{"code":8,"message":"the request\'s head is too large","details":[]}'],
  ] as const)("of HTTP/2 with %i further fields of 100 bytes is answered %s", async ([count, answer]) => {
    const { port } = await startServer({ limits });
    const more = Array.from({ length: count }, (_, i) => [`x-pad-${100 + i}`, "a".repeat(59)] as const);
    const connection = await connectRaw(port, Buffer.concat([opening, request(1, probe(...more))]));
    await expect.poll(() => dataOf(connection.received(), 1)).toBe(answer);
  });
});

test("requests at one time on a connection are served up to the bound, and refused past it", async () => {
  const { port } = await startServer({ limits: { maxConcurrentStreams: 3 } });
  const open = [1, 3, 5, 7].map((id) => requestHead(id, upload));
  const connection = await connectRaw(port, Buffer.concat([opening, ...open]));
  await expect.poll(() => isReset(connection.received(), 7)).toBe(true);
  connection.socket.write(Buffer.concat([1, 3, 5].map((id) => lastData(id, ""))));
  connection.socket.write(request(9, probe()));
  await expect.poll(() => dataOf(connection.received(), 9)).toBe(ok);
  expect([1, 3, 5].map((id) => dataOf(connection.received(), id))).toEqual([
    expect.stringContaining('"code":12'),
    expect.stringContaining('"code":12'),
    expect.stringContaining('"code":12'),
  ]);
});

describe("a connection ends for more than it is allowed", () => {
  const reset = (id: number) =>
    Buffer.concat([requestHead(id, probe()), frame(frameType.rstStream, 0, id, Buffer.from([0, 0, 0, 8]))]);
  const ping = () => frame(frameType.ping, 0, 0, Buffer.alloc(8));
  const settings = () => frame(frameType.settings, 0, 0);
  const invalid = (id: number) => request(id, probe(["connection", "close"]));
  const few = { perSecond: 1 / 1000, burst: 10 };

  test.for([
    ["resets", { http2Resets: { perSecond: 1, burst: 10 } }, reset, 9, 40],
    ["pings", { http2ControlFrames: few }, ping, 9, 10],
    // The settings at the beginning count, too.
    ["settings", { http2ControlFrames: few }, settings, 9, 10],
    ["frames that are not allowed", { http2InvalidFrames: 10 }, invalid, 9, 40],
  ] as const)("%s", async ([, limits, make, allowed, tooMany]) => {
    const { port, url } = await startServer({ limits });
    const many = (count: number) => Array.from({ length: count }, (_, i) => make(2 * i + 1));
    const good = await connectRaw(port, Buffer.concat([opening, ...many(allowed), request(1001, probe())]));
    await expect.poll(() => dataOf(good.received(), 1001)).toBe(ok);
    const bad = await connectRaw(port, Buffer.concat([opening, ...many(tooMany)]));
    const received = await bad.closed();
    expect(framesIn(received).some(({ type }) => type === frameType.goaway)).toBe(true);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("requests that were refused for being too many", async () => {
    const { port, url } = await startServer({ limits: { http2InvalidFrames: 5, maxConcurrentStreams: 1 } });
    const open = (count: number) => Array.from({ length: count }, (_, i) => requestHead(2 * i + 1, upload));
    const good = await connectRaw(port, Buffer.concat([opening, ...open(5)]));
    await expect.poll(() => isReset(good.received(), 9)).toBe(true);
    good.socket.write(lastData(1, ""));
    await expect.poll(() => dataOf(good.received(), 1)).not.toBe("");
    good.socket.write(request(1001, probe()));
    await expect.poll(() => dataOf(good.received(), 1001)).toBe(ok);
    const bad = await connectRaw(port, Buffer.concat([opening, ...open(40)]));
    await bad.closed();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});
