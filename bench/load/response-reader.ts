const lengthHeader = /\r\ncontent-length: *(\d+)/i;
const chunkedHeader = /\r\ntransfer-encoding: *chunked/i;
const lastChunk = Buffer.from("\r\n0\r\n\r\n");

/** Tells where the answers on one HTTP/1.1 connection without pipelining end. */
export class ResponseReader {
  #rest: Buffer | undefined;

  /** Takes what has arrived; returns the status of the answer that is now whole, or 0 if more is to come. */
  feed(chunk: Buffer): number {
    const seen = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const status = statusOfWhole(seen);
    this.#rest = status === 0 ? seen : undefined;
    return status;
  }
}

function statusOfWhole(seen: Buffer): number {
  const headEnd = seen.indexOf("\r\n\r\n");
  if (headEnd === -1) {
    return 0;
  }
  const head = seen.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  return seen.length >= wholeLength(seen, head, status) ? status : 0;
}

/** The bytes that the answer has; infinitely many where its end is not yet seen. */
function wholeLength(seen: Buffer, head: string, status: number): number {
  const bodyStart = head.length + 4;
  const [, length] = lengthHeader.exec(head) ?? [];
  if (status === 304 || status === 204) {
    return bodyStart;
  }
  if (length !== undefined) {
    return bodyStart + Number(length);
  }
  if (!chunkedHeader.test(head)) {
    throw new Error(`an answer that tells no length: ${head}`);
  }
  // An empty body is the last chunk alone, right after the head.
  return seen.indexOf(lastChunk, bodyStart - 2) === -1 ? Number.POSITIVE_INFINITY : seen.length;
}
