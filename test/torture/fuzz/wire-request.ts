import type { Random } from "../random.ts";

/** A request as it goes over the wire, in HTTP's own terms. */
export interface WireRequest {
  /** Which lane it is meant for. */
  readonly lane: string;
  readonly method: string;
  /** The target: path and query. */
  readonly path: string;
  /** Names in lower case; one character for each byte of a value. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** The bytes over HTTP/1.1, after whose answer the connection closes. */
export function http1Bytes({ method, path, headers, body }: WireRequest): Buffer {
  const length = method === "GET" && body.length === 0 ? [] : [["content-length", String(body.length)] as const];
  const all = [["host", "localhost"], ["connection", "close"], ...length, ...headers] as const;
  const lines = [`${method} ${path} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), "", ""];
  return Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), body]);
}

/** The same request with its body changed somewhere. */
export function withBody(request: WireRequest, body: Buffer): WireRequest {
  return { ...request, body };
}

/** Changes bytes here and there: turned bits, what is left out, doubled, put in from elsewhere, cut off. */
export function mutate(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let changed = bytes;
  do {
    changed = mutateOnce(changed, random, others);
  } while (random.happens(0.5));
  return changed;
}

const maxBytes = 64 * 1024;

function mutateOnce(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.below(random.oneOf([2, 8, 64])) + 1);
  const [before, part, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  const around = (middle: Buffer) => Buffer.concat([before, middle, after]).subarray(0, maxBytes);
  switch (random.below(9)) {
    case 0:
      return around(part.map((byte) => byte ^ (1 << random.below(8))) as Buffer);
    case 1:
      return around(random.bytes(part.length));
    case 2:
      return around(Buffer.alloc(0));
    case 3:
      return around(Buffer.concat([part, part]));
    case 4:
      return around(Buffer.concat(Array.from({ length: random.below(200) }, () => part)));
    case 5:
      return around(Buffer.from(random.oneOf(tokens), "latin1"));
    case 6:
      return before;
    case 7: {
      const other = others.length === 0 ? bytes : random.oneOf(others);
      return around(other.subarray(random.below(other.length + 1)));
    }
    default:
      return around(Buffer.alloc(part.length, random.oneOf([0, 1, 0x7f, 0x80, 0xff])));
  }
}

/** What parsers of this kind look for. */
const tokens = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\0",
  ":",
  ",",
  ";",
  '"',
  "\\u0000",
  "\\ud800",
  "%",
  "%00",
  "%2f",
  "..",
  "//",
  "?",
  "&",
  "{",
  "}",
  "[",
  "[[[[[[[[[[[[[[[[",
  '{"a":'.repeat(120),
  "null",
  "true",
  "1e999",
  "-0",
  "99999999999999999999",
  "__proto__",
  "constructor",
  "transfer-encoding: chunked\r\n",
  "content-length: 5\r\n",
  "content-length: 99999999999\r\n",
  "expect: 100-continue\r\n",
  "upgrade: h2c\r\n",
  "content-encoding: gzip\r\n",
  "grpc-encoding: gzip\r\n",
  "host: [\r\n",
  "0\r\n\r\n",
  "ffffffffffffffff\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
  "\xed\xa0\x80",
  "\x00\x00\x00\x00\x00",
  "\x01\x00\x00\x00\x00",
  "\x00\xff\xff\xff\xff",
  "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
];
