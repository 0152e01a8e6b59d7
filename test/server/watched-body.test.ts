import { once } from "node:events";
import { expect, test } from "vitest";
import { errorGuard } from "../../src/rpc/errors.ts";
import { connectProcedures } from "../../src/rpc/procedure.ts";
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
