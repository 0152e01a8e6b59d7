import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { tooLarge } from "./body.ts";
import { badRequest, RequestFault } from "./request-fault.ts";

type Decompress = typeof gunzip;

const DECOMPRESS = new Map<string, (body: Uint8Array) => Decompress>([
  ["gzip", () => gunzip],
  ["x-gzip", () => gunzip],
  ["br", () => brotliDecompress],
  // Clients disagree on what "deflate" is, so the body's first bytes decide (RFC 1950, 2.2).
  ["deflate", (body) => (hasZlibHeader(body) ? inflate : inflateRaw)],
]);

/** The 415 for a `Content-Encoding` that is not understood; `undefined` for one that is, or for none. */
export function checkContentEncoding(contentEncoding: string | undefined): RequestFault | undefined {
  const coding = normalise(contentEncoding);
  if (coding === "identity" || DECOMPRESS.has(coding)) return undefined;
  const headers = { "accept-encoding": "gzip, br, deflate" };
  return new RequestFault(415, Code.InvalidArgument, "Content-Encoding: expected gzip, br or deflate", { headers });
}

/** Whether the body has a coding to undo. */
export function isCompressed(contentEncoding: string | undefined): boolean {
  return normalise(contentEncoding) !== "identity";
}

/** Undoes the coding of a body. Rejects with `RequestFault` where it is malformed, or longer than `limit` bytes. */
export function decompress(contentEncoding: string | undefined, body: Uint8Array, limit: number): Promise<Buffer> {
  const coding = normalise(contentEncoding);
  const run = DECOMPRESS.get(coding)?.(body);
  if (run === undefined) return Promise.reject(checkContentEncoding(contentEncoding));
  return new Promise((resolve, reject) => {
    run(body, { maxOutputLength: limit }, (error: NodeJS.ErrnoException | null, result) => {
      if (error === null) resolve(result);
      else if (error.code === "ERR_BUFFER_TOO_LARGE") reject(tooLarge(limit));
      else reject(badRequest(`body: expected ${coding} data, it is malformed or cut off`));
    });
  });
}

function normalise(contentEncoding: string | undefined): string {
  return contentEncoding?.trim().toLowerCase() || "identity";
}

function hasZlibHeader(body: Uint8Array): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
