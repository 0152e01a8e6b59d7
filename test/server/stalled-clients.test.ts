import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import net, { type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectProcedures } from "../../src/rpc/procedure.ts";
import { createHttp2 } from "../../src/server/http2.ts";
import { defaultLimits } from "../../src/server/limits.ts";
import type { ProtocolServer } from "../../src/server/port.ts";
import { LibraryService } from "../gen/library_pb.ts";
import { frame, opening, request } from "./http2-frames.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const stalledStreamMs = 60;
const limits = { stalledStreamMs };
const watch = "/library.v1.LibraryService/WatchBooks";
const long = "x".repeat(50_000);

/** A stream without end, how many messages it has made, and the promise that it was ended. */
function endless() {
  const ended = Promise.withResolvers<unknown>();
  let made = 0;
  const watchBooks = async function* (_request: unknown, { signal }: { readonly signal: AbortSignal }) {
    try {
      for (; ; made++) {
        yield { name: long };
      }
    } finally {
      ended.resolve(signal.reason);
    }
  };
  // Methods that are not called need no implementation.
  const procedures = connectProcedures(LibraryService, { watchBooks } as never, []);
  return { procedures, made: () => made, ended: ended.promise };
}

async function openSession(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  await once(session, "connect");
  return session;
}

test.for([
  ["gRPC", "application/grpc"],
  ["Connect", "application/connect+proto"],
])("a stream by %s over HTTP/2 that is not read is cut off, and no other one", async ([, type]) => {
  const { procedures, ended } = endless();
  const { port } = await startServer({ procedures, limits });
  const session = await openSession(port);
  const headers = { ":method": "POST", ":path": watch, "content-type": type };
  const stream = session.request(headers);
  stream.end(Buffer.alloc(5));
  const failed = once(stream, "error");
  await ended;
  stream.resume();
  await failed;
  expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const other = session.request({ ":path": "/healthz" });
  const [head] = await once(other, "response");
  expect(head[":status"]).toBe(200);
});

test("a stream by Connect over HTTP/1.1 that is not read is cut off with its connection", async () => {
  const { procedures, ended } = endless();
  const { port } = await startServer({ procedures, limits });
  const head = ["Host: x", "Content-Type: application/connect+proto", "Content-Length: 5"].join("\r\n");
  const connection = await connectRaw(port, `POST ${watch} HTTP/1.1\r\n${head}\r\n\r\n\0\0\0\0\0`);
  connection.socket.pause();
  await ended;
  connection.socket.resume();
  expect(await connection.closed()).not.toContain("\r\n0\r\n\r\n");
});

test("a stream that is read in time goes on", async () => {
  // The clock of what watches the stream; the platform's sockets have timers of their own.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { procedures, made } = endless();
  const { port } = await startServer({ procedures, limits: { stalledStreamMs: 30_000 } });
  const session = await openSession(port);
  const stream = session.request({ ":method": "POST", ":path": watch, "content-type": "application/grpc" });
  stream.end(Buffer.alloc(5));
  await once(stream, "response");
  for (const _ of [1, 2, 3]) {
    const before = await settle(made);
    vi.advanceTimersByTime(29_999);
    while (made() === before) {
      if (stream.read() === null) {
        await once(stream, "readable");
      }
    }
  }
  expect([stream.destroyed, stream.rstCode ?? 0]).toEqual([false, 0]);
  session.destroy();
});

test("a whole answer over HTTP/2 that is not read is cut off, and no other one", async () => {
  const answered = Promise.withResolvers<void>();
  const transcoder = {
    handle(_request: unknown, response: { on(event: "close", listener: () => void): void; end(body: Buffer): void }) {
      response.on("close", answered.resolve);
      response.end(Buffer.alloc(100_000));
    },
  };
  const { port } = await startServer({ transcoder, limits });
  const session = await openSession(port);
  const stream = session.request({ ":path": "/long" });
  const failed = once(stream, "error");
  await answered.promise;
  stream.resume();
  await failed;
  expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const other = session.request({ ":path": "/healthz" });
  const [head] = await once(other, "response");
  expect(head[":status"]).toBe(200);
});

test("whole answers over HTTP/1.1 that are not read are cut off with their connection", async () => {
  const bytes = 1_000_000;
  const asked = 20;
  let left = asked;
  const over = Promise.withResolvers<void>();
  const transcoder = {
    handle(_request: unknown, response: { on(event: "close", listener: () => void): void; end(body: Buffer): void }) {
      response.on("close", () => --left === 0 && over.resolve());
      response.end(Buffer.alloc(bytes));
    },
  };
  const { port } = await startServer({ transcoder, limits: { stalledStreamMs: 5 } });
  const connection = await connectRaw(port);
  connection.socket.pause();
  connection.socket.write("GET /long HTTP/1.1\r\nHost: x\r\n\r\n".repeat(asked));
  // More than the buffers of the platform hold.
  await over.promise;
  connection.socket.resume();
  expect((await connection.closed()).length).toBeLessThan(asked * bytes);
});

test("a session that takes not even control frames is closed", async () => {
  const http2 = createHttp2(
    (_request, response) => {
      const { stream } = response;
      const write = (): void => void (stream.write(long) ? setImmediate().then(write) : stream.once("drain", write));
      write();
      // As what watches over a stream that goes on does.
      setTimeout(() => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM), stalledStreamMs);
    },
    { ...defaultLimits, ...limits },
    () => false,
  );
  const { port, accepted } = await listen(http2);
  const windowSize = Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]);
  const increment = Buffer.from([0x7f, 0xff, 0, 0]);
  const fields = [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "x"],
  ] as const;
  const connection = await connectRaw(
    port,
    Buffer.concat([opening, frame(4, 0, 0, windowSize), frame(8, 0, 0, increment), request(1, fields)]),
  );
  connection.socket.pause();
  const socket = await accepted;
  await once(socket, "close");
});

/** Waits until the value has not changed for many turns of the event loop. */
async function settle(read: () => number): Promise<number> {
  for (let before = -1; before !== read(); ) {
    before = read();
    for (let turn = 0; turn < 1000; turn++) {
      await setImmediate();
    }
  }
  return read();
}

async function listen(http2: ProtocolServer): Promise<{ port: number; accepted: Promise<Socket> }> {
  const accepted = Promise.withResolvers<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    http2.accept(socket);
    accepted.resolve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    http2.close();
    server.close();
  });
  // A listening TCP server has an address with a port.
  return { port: (server.address() as net.AddressInfo).port, accepted: accepted.promise };
}
