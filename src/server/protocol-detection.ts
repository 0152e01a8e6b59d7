/** The protocols of the port. */
export type Protocol = "http1" | "http2";

// RFC 9113, 3.4: with this a client begins that knows already that the server speaks HTTP/2.
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Tells the protocol by the first bytes of a connection; undefined while they could begin either. */
export function protocolOf(start: Buffer): Protocol | undefined {
  const length = Math.min(start.length, preface.length);
  if (preface.compare(start, 0, length, 0, length) !== 0) {
    return "http1";
  }
  return length === preface.length ? "http2" : undefined;
}
