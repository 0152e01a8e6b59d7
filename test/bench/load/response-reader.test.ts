import { expect, test } from "vitest";
import { ResponseReader } from "../../../bench/load/response-reader.ts";

const cases = {
  "a body of a told length": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
  "a body in chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
  "an empty body in chunks": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  "an empty body": "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
  "no body": 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\n\r\n',
};

test.for(Object.entries(cases))("%s ends with its last byte, however it arrives", ([, answer]) => {
  const status = Number(answer.slice(9, 12));
  const bytes = Buffer.from(answer);
  expect(new ResponseReader().feed(bytes)).toBe(status);
  const reader = new ResponseReader();
  const statuses = [...bytes].map((byte) => reader.feed(Buffer.from([byte])));
  expect(statuses).toEqual([...new Array(bytes.length - 1).fill(0), status]);
});

test("one answer after another is told", () => {
  const reader = new ResponseReader();
  const answer = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1");
  expect([reader.feed(answer), reader.feed(answer)]).toEqual([200, 200]);
});

test("an answer without a length is an error", () => {
  expect(() => new ResponseReader().feed(Buffer.from("HTTP/1.0 200 OK\r\n\r\n"))).toThrow("tells no length");
});
