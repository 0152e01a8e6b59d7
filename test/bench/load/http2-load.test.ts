import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { openHttp2Load } from "../../../bench/load/http2-load.ts";
import { Latencies } from "../../../bench/load/latencies.ts";

const fields = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/service/method"],
  [":authority", "localhost"],
] as const;

/** Starts a server that answers by the function; it is closed when the test is over. */
async function serve(answer: (stream: ServerHttp2Stream, path: string | undefined) => void): Promise<string> {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers) => answer(stream, headers[":path"]));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // It listens on a port.
}

async function send(url: string, expectedBytes: number, until: (count: number) => boolean): Promise<number> {
  const bodies = [Buffer.from("one"), Buffer.from("two")];
  const load = await openHttp2Load(url, { connections: 2, streams: 3, fields, bodies, expectedBytes });
  const latencies = new Latencies();
  let count = 0;
  try {
    load.start(latencies);
    while (!until(count)) {
      await new Promise((resolve) => setImmediate(resolve));
      count += latencies.take().length;
    }
    await load.stop();
    return count;
  } finally {
    load.close();
  }
}

test("every stream carries one whole request, and the header fields stay the same", async () => {
  const seen = new Set<string>();
  const url = await serve(async (stream, path) => {
    seen.add(`${path} ${await buffer(stream)}`);
    stream.respond({ ":status": 200 });
    stream.end("answer");
  });
  expect(await send(url, 6, (count) => count >= 50)).toBeGreaterThanOrEqual(50);
  expect([...seen].sort()).toEqual(["/service/method one", "/service/method two"]);
});

test("an answer of another length is a failure", async () => {
  const url = await serve((stream) => {
    stream.respond({ ":status": 200 });
    stream.end("another");
  });
  await expect(send(url, 6, (count) => count > 0)).rejects.toThrow("7 bytes of DATA instead of 6");
});
