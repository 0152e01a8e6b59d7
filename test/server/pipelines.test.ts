import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { Request, Response } from "../../src/server/exchange.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer, type TestServer } from "./test-server.ts";

const most = 8;
const head = (line: string, fields = "") => `${line} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;

/** A server that answers under `/wait` when the test says so, and what it has been asked. */
async function startWaiting(): Promise<TestServer & { readonly asked: Response[] }> {
  const asked: Response[] = [];
  const transcoder = {
    handle(request: Request, response: Response) {
      // What comes with the request is read, as everybody does.
      request.resume();
      asked.push(response);
    },
  };
  const server = await startServer({ transcoder, limits: { maxConcurrentStreams: most } });
  return { ...server, asked };
}

function answer(response: Response | undefined): void {
  (response as ServerResponse).end("ok");
}

/** What has arrived on other connections before is read when these answers are there. */
async function askOthers(url: string): Promise<void> {
  for (const _ of [1, 2, 3]) {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  }
}

test.for<[name: string, request: string]>([
  ["reads", head("GET /wait")],
  ["writes", `${head("POST /wait", "Content-Length: 100\r\n")}${"x".repeat(100)}`],
])("of a client that sends %s without waiting for answers, no more are read than may be open", async ([, one]) => {
  const { port, url, asked } = await startWaiting();
  const { socket } = await connectRaw(port);
  const send = (count: number) => new Promise<void>((resolve) => socket.write(one.repeat(count), () => resolve()));
  await send(most + 1);
  await expect.poll(() => asked.length).toBe(most + 1);
  await send(1000);
  await askOthers(url);
  expect(asked.length).toBe(most + 1);
});

test("it is read on when half of them are answered, until all are", async () => {
  const { port, asked } = await startWaiting();
  const all = 1000;
  const connection = await connectRaw(port);
  connection.socket.write(head("GET /wait").repeat(all - 1) + head("GET /wait", "Connection: close\r\n"));
  for (let answered = 0; answered < all; answered++) {
    await expect.poll(() => asked.length, { interval: 1 }).toBeGreaterThan(answered);
    answer(asked[answered]);
  }
  expect((await connection.closed()).split("HTTP/1.1 200 OK\r\n").length - 1).toBe(all);
});

test("a client that waits for each answer never comes near", async () => {
  const { port, asked } = await startWaiting();
  const connection = await connectRaw(port);
  for (let answered = 0; answered < 5 * most; answered++) {
    connection.socket.write(head("GET /wait"));
    await expect.poll(() => asked.length, { interval: 1 }).toBe(answered + 1);
    answer(asked[answered]);
  }
  connection.socket.write(head("GET /healthz", "Connection: close\r\n"));
  expect((await connection.closed()).split("HTTP/1.1 200 OK\r\n").length - 1).toBe(5 * most + 1);
});
