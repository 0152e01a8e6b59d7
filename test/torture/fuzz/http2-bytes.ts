import { frame, frameType, opening } from "../../server/http2-frames.ts";
import type { Random } from "../random.ts";
import { type WireRequest, withBody } from "./wire-request.ts";

const endStream = 1;
const endHeaders = 4;
const largestFrame = 16_384;

/** The bytes of requests over HTTP/2 on one connection, its opening included. */
export function http2Bytes(requests: readonly WireRequest[]): Buffer {
  return Buffer.concat([opening, ...requests.flatMap((request, index) => requestFrames(request, 2 * index + 1))]);
}

/** The same with frames between that are whole and have no place there, or with streams in disorder. */
export function disorderlyHttp2Bytes(requests: readonly WireRequest[], random: Random): Buffer {
  const frames = requests.flatMap((request, index) => requestFrames(request, 2 * index + 1));
  const strewn = frames.flatMap((each) => (random.happens(0.3) ? [strayFrame(random), each] : [each]));
  if (random.happens(0.3)) {
    strewn.sort(() => random.fraction() - 0.5);
  }
  return Buffer.concat([opening, ...strewn, ...(random.happens(0.3) ? [strayFrame(random)] : [])]);
}

function requestFrames(request: WireRequest, stream: number): Buffer[] {
  const { method, path, headers, body } = request;
  const pseudo = [
    [":method", method],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
  ] as const;
  const block = Buffer.concat([...pseudo, ...headers].flatMap(([name, value]) => field(name, value)));
  const isAll = body.length === 0;
  const head = frame(frameType.headers, isAll ? endHeaders | endStream : endHeaders, stream, block);
  if (isAll) {
    return [head];
  }
  const data = body.subarray(0, largestFrame);
  const rest = body.length > largestFrame ? bodyFrames(withBody(request, body.subarray(largestFrame)), stream) : [];
  return [head, frame(frameType.data, rest.length === 0 ? endStream : 0, stream, data), ...rest];
}

function bodyFrames({ body }: WireRequest, stream: number): Buffer[] {
  const count = Math.ceil(body.length / largestFrame);
  return Array.from({ length: count }, (_, index) => {
    const data = body.subarray(index * largestFrame, (index + 1) * largestFrame);
    return frame(frameType.data, index === count - 1 ? endStream : 0, stream, data);
  });
}

/** A literal field without indexing (RFC 7541, 6.2.2). */
function field(name: string, value: string): Buffer[] {
  return [Buffer.from([0]), ...literal(name), ...literal(value)];
}

function literal(text: string): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  return [Buffer.from(prefixed(bytes.length)), bytes];
}

/** An integer with a prefix of 7 bits (RFC 7541, 5.1). */
function prefixed(value: number): number[] {
  if (value < 127) {
    return [value];
  }
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + 128);
  }
  return [...bytes, rest];
}

function strayFrame(random: Random): Buffer {
  const type = random.below(12);
  const stream = random.oneOf([0, 1, 1, 2, 3, 5, 2 ** 31 - 1]);
  const usual = [0, 4, 5, 8, 8, 16];
  return frame(
    type,
    random.below(64),
    stream,
    random.bytes(random.happens(0.8) ? random.oneOf(usual) : random.below(80)),
  );
}
