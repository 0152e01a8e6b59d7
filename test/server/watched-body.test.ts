import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { errorGuard } from "../../src/rpc/errors.ts";
import { connectProcedures } from "../../src/rpc/procedure.ts";
import { WatchedBody } from "../../src/server/watched-body.ts";
import { LibraryService } from "../gen/library_pb.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

test("a stream that has something to say to a client who is gone complains of nothing", async () => {
  const complaints: object[] = [];
  const over = Promise.withResolvers<void>();
  const watchBooks = async function* (_request: unknown, { signal }: { readonly signal: AbortSignal }) {
    try {
      yield { name: "first" };
      await once(signal, "abort");
      yield { name: "second" };
    } finally {
      over.resolve();
    }
  };
  const guard = errorGuard({ error: (fields) => complaints.push(fields) });
  // Methods that are not called need no implementation.
  const procedures = connectProcedures(LibraryService, { watchBooks } as never, [guard]);
  const { port } = await startServer({ procedures });
  const head = ["Host: x", "Content-Type: application/connect+proto", "Content-Length: 5"].join("\r\n");
  const path = "/library.v1.LibraryService/WatchBooks";
  const connection = await connectRaw(port, `POST ${path} HTTP/1.1\r\n${head}\r\n\r\n\0\0\0\0\0`);
  await connection.until("first");
  connection.socket.destroy();
  await over.promise;
  await new Promise(setImmediate);
  expect(complaints).toEqual([]);
});

test("what waits for a client that is gone is held no longer", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  async function* pieces() {
    for (;;) {
      yield new Uint8Array(1);
    }
  }
  // It is asked for no more than any stream has.
  const response = new PassThrough() as unknown as ServerResponse;
  const body = new WatchedBody(pieces(), response, 30_000);
  await body.next();
  expect(vi.getTimerCount()).toBe(1);
  response.emit("close");
  expect(vi.getTimerCount()).toBe(0);
  await body.next();
  expect(vi.getTimerCount()).toBe(0);
});
