// As much of HTTP/2 (RFC 9113) and HPACK (RFC 7541) as a client needs that always sends the same header fields.

/** What a connection begins with, before the first frame. */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const frameHeaderBytes = 9;

/** The types of frames that a client of unary calls meets. */
export const frameTypes = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 };

export const endStreamFlag = 0x1;
export const ackFlag = 0x1;
const endHeadersFlag = 0x4;

/** A frame with its nine bytes of header. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

/** A WINDOW_UPDATE of the connection; `bytes` is what the peer may send beyond what it already may. */
export function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(frameTypes.windowUpdate, 0, 0, payload);
}

/** The frames of one request on stream 0: HEADERS and DATA. `setStream` gives a copy its stream. */
export function requestFrames(headerBlock: Buffer, body: Buffer): Buffer {
  return Buffer.concat([
    frame(frameTypes.headers, endHeadersFlag, 0, headerBlock),
    frame(frameTypes.data, endStreamFlag, 0, body),
  ]);
}

/** Copies the frames of a request onto a stream. */
export function onStream(request: Buffer, streamId: number): Buffer {
  const copy = Buffer.from(request);
  const dataAt = frameHeaderBytes + copy.readUIntBE(0, 3);
  copy.writeUInt32BE(streamId, 5);
  copy.writeUInt32BE(streamId, dataAt + 5);
  return copy;
}

/**
 * The header blocks of the first and of every further request on a connection: the fields go into the peer's dynamic
 * table once (RFC 7541, 6.2.1) and are one byte each from then on (6.1), as with any real client.
 */
export function headerBlocks(fields: readonly (readonly [string, string])[]): { first: Buffer; next: Buffer } {
  const literals = fields.map(([name, value]) => [Buffer.from([0x40]), text(name), text(value)]);
  const newest = 62;
  const indices = fields.map((_, index) => 0x80 | (newest + fields.length - 1 - index));
  return { first: Buffer.concat(literals.flat()), next: Buffer.from(indices) };
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length > 126) {
    throw new RangeError(`a header of more than 126 bytes is not encoded here: ${value}`);
  }
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
