/** What a test needs of HTTP/2 to write frames that no client would (RFC 9113, RFC 7541). */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Frame types, as in RFC 9113, section 6. */
export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  continuation: 9,
} as const;

const endStream = 1;
const endHeaders = 4;

/** One frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The fields of a head, pseudo-headers first. */
export type Fields = readonly (readonly [string, string])[];

/** The beginning of a connection: the preface and empty settings. */
export const opening = Buffer.concat([preface, frame(frameType.settings, 0, 0)]);

/** A request without a body. */
export function request(stream: number, fields: Fields): Buffer {
  return frame(frameType.headers, endHeaders | endStream, stream, block(fields));
}

/** The beginning of a request with a body. */
export function requestHead(stream: number, fields: Fields): Buffer {
  return frame(frameType.headers, endHeaders, stream, block(fields));
}

/** A body, and with it the end of the request. */
export function lastData(stream: number, payload: string): Buffer {
  return frame(frameType.data, endStream, stream, Buffer.from(payload, "latin1"));
}

/** A header block of literal fields without indexing. */
export function block(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  if (text.length >= 127 + 128) {
    throw new RangeError("such long fields are not needed here");
  }
  const length = text.length < 127 ? [text.length] : [127, text.length - 127];
  return Buffer.concat([Buffer.from(length), Buffer.from(text, "latin1")]);
}

/** A frame that was received. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The whole frames in what was received, one character for each byte. */
export function framesIn(received: string): readonly Frame[] {
  const bytes = Buffer.from(received, "latin1");
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    const [type, flags, stream] = [bytes.readUInt8(at + 3), bytes.readUInt8(at + 4), bytes.readUInt32BE(at + 5)];
    if (end <= bytes.length) {
      frames.push({ type, flags, stream, payload: bytes.subarray(at + 9, end) });
    }
    at = end;
  }
  return frames;
}

/** The data of a stream in what was received, one character for each byte. */
export function dataOf(received: string, stream: number): string {
  const data = framesIn(received).filter((each) => each.type === frameType.data && each.stream === stream);
  return Buffer.concat(data.map(({ payload }) => payload)).toString("latin1");
}
