import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Http1Connection } from "../../../bench/load/http1-connection.ts";

test("a request fails on a connection that is lost already", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  // It listens on a port.
  const connection = await Http1Connection.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const failure = () =>
    new Promise((failed) => {
      connection.events = { answered() {}, failed };
    });
  const why = await failure();
  const again = failure();
  connection.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  expect(await again).toBe(why);
});
