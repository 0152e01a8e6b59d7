import { Code, ConnectError } from "@connectrpc/connect";

/** The error for a message over the limit; its size is given where it is known before it has been read. */
export function tooLarge(maxBytes: number, size?: number): ConnectError {
  const subject = size === undefined ? "message size" : `message size ${size}`;
  return new ConnectError(`${subject} is larger than configured readMaxBytes ${maxBytes}`, Code.ResourceExhausted);
}
