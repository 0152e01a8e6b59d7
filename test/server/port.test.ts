import http2 from "node:http2";
import { expect, onTestFinished, test } from "vitest";
import { connectRaw } from "./raw-connection.ts";
import { startServer } from "./test-server.ts";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const emptySettings = "\0\0\0\x04\0\0\0\0\0";
const settingsAck = "\0\0\0\x04\x01\0\0\0\0";

/** Writes each byte as a packet of its own, one after the other. */
async function writeBytewise(port: number, bytes: string) {
  const connection = await connectRaw(port);
  for (const byte of bytes) {
    await new Promise((resolve) => connection.socket.write(byte, "latin1", resolve));
  }
  return connection;
}

test("an HTTP/1.1 request that comes byte by byte is answered", async () => {
  const { port } = await startServer();
  const connection = await writeBytewise(port, "PUT /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect(await connection.closed()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*REST PUT \/a\?b$/s);
});

test("an HTTP/2 preface that comes byte by byte is answered with SETTINGS", async () => {
  const { port } = await startServer();
  const connection = await writeBytewise(port, preface + emptySettings);
  const received = await connection.until(settingsAck);
  expect(received.slice(3, 9)).toBe("\x04\0\0\0\0\0");
});

test("requests of both protocols are answered at one time", async () => {
  const { port, url } = await startServer();
  const session = http2.connect(url);
  onTestFinished(() => session.destroy());
  const two = session.request({ ":path": "/two" }).setEncoding("utf8").toArray();
  const one = await connectRaw(port, "GET /one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect(await one.closed()).toMatch(/REST GET \/one$/);
  expect((await two).join("")).toBe("REST GET /two");
});

test.each([
  [
    "a method that begins like the preface",
    "PROPFIND /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 200",
  ],
  ["a preface that goes wrong in its line", "PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400"],
  ["a preface that goes wrong at its end", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "HTTP/1.1 400"],
])("%s is HTTP/1.1", async (_name, bytes, expected) => {
  const { port } = await startServer();
  const connection = await connectRaw(port, bytes);
  expect(await connection.closed()).toMatch(expected);
});

test.each([
  ["nothing", ""],
  ["half a preface", preface.slice(0, 20)],
])("a client that sends %s is cut off in time", async (_name, bytes) => {
  const { port } = await startServer({ limits: { detectionTimeoutMs: 30 } });
  const connection = await connectRaw(port, bytes);
  expect(await connection.closed()).toBe("");
});

test("a client that leaves within the preface is let go", async () => {
  const { port } = await startServer();
  const connection = await connectRaw(port, preface.slice(0, 5));
  connection.socket.end();
  expect(await connection.closed()).toBe("");
});

test("connections over the limit are closed at once", async () => {
  const { port } = await startServer({ limits: { maxConnections: 1 } });
  const first = await connectRaw(port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  await first.until("REST GET /a");
  const second = await connectRaw(port);
  expect(await second.closed()).toBe("");
});

test("a port in use rejects with the platform's error", async () => {
  const { port } = await startServer();
  await expect(startServer({ port })).rejects.toMatchObject({ code: "EADDRINUSE", port });
});

test("an address of another machine rejects with the platform's error", async () => {
  await expect(startServer({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

test.each([
  ["127.0.0.1", "http://127.0.0.1:"],
  ["0.0.0.0", "http://127.0.0.1:"],
])("listening on %s tells a URL that works", async (host, prefix) => {
  const { url, port } = await startServer({ host });
  expect(url).toBe(`${prefix}${port}`);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
