// Run as a process of its own: uses a server in every way there is and drains it. Nothing that is left must keep the
// process alive.
import http2 from "node:http2";
import { createServer } from "../../src/server/server.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const server = createServer({
  procedures: [],
  host: "127.0.0.1",
  port: 0,
  corsOrigins: ["*"],
  logger: silent,
  isReady: () => true,
});
const { url } = await server.listen();
const { status } = await fetch(`${url}/healthz`);
const session = http2.connect(url);
await session.request({ ":path": "/healthz" }).resume().toArray();
const isInTime = await server.drain(60_000);
console.log(JSON.stringify({ status, isInTime }));
