import { once } from "node:events";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createHostCheck } from "../../src/server/host.ts";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

test.for([
  ["flags.example", true],
  ["Flags.Example:8443", true],
  ["other.example", false],
  ["flags.example.evil.example", false],
  ["sub.flags.example", false],
  ["localhost", true],
  ["LOCALHOST:8080", true],
  ["127.0.0.1:8080", true],
  ["192.0.2.1", true],
  ["[::1]:8080", true],
  ["127.0.0.1.evil.example", false],
  ["1", false],
] as const)("where flags.example is allowed, %s: %s", ([authority, isAllowed]) => {
  expect(createHostCheck(["flags.example"])?.(authority)).toBe(isAllowed);
});

test("where any is allowed there is no check", () => {
  expect(createHostCheck(["flags.example", "*"])).toBeUndefined();
});

const refusal = '{"code":3,"message":"the host is none that this service is called by","details":[]}';

test.for([
  ["GET", "/healthz", "text/plain"],
  ["POST", "/orgflags.v1.FeatureService/GetFeature", "application/json"],
  ["POST", "/orgflags.v1.FeatureService/GetFeature", "application/grpc"],
])(
  "%s %s as %s for another host is answered 421 by HTTP/1.1 and HTTP/2",
  async ([method = "", path = "", type = ""]) => {
    const { port } = await startServer({ allowedHosts: ["flags.example"] });
    const head = `Content-Type: ${type}\r\nContent-Length: 0\r\n\r\n`;
    const ask = (host: string) => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${head}`;
    const connection = await connectRaw(port, ask("evil.example"));
    expect(await connection.until(refusal)).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
    // The connection is good for the next request.
    connection.socket.write(ask("flags.example"));
    await expect.poll(() => connection.received()).toMatch(/HTTP\/1\.1 (200|400|404|415|505)/);
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ":method": method,
      ":path": path,
      ":authority": "evil.example",
      "content-type": type,
    });
    const response = once(stream, "response");
    stream.end();
    expect(await text(stream)).toBe(refusal);
    expect((await response)[0][":status"]).toBe(421);
  },
);
