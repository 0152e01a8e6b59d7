import { type Compression, compressionNegotiate } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import type { Body } from "./exchange.ts";

/** Answers of fewer bytes go as they are, whatever the client takes: connect's default. */
export const compressMinBytes = 1024;

/** Those that answers can have. */
export const compressions: readonly Compression[] = [compressionGzip, compressionBrotli];

// Clients of one kind send the same text in every call, so it is read when it is another than the last time.
let lastAccepted = "";
let lastChosen: Compression | undefined;

/** The compression of an answer for a header that says which ones the client takes, in the client's order. */
export function negotiate(accepted: string | string[] | undefined): Compression | undefined {
  if (typeof accepted !== "string") {
    return undefined;
  }
  if (accepted !== lastAccepted) {
    lastChosen = compressionNegotiate([...compressions], null, accepted, "").response ?? undefined;
    lastAccepted = accepted;
  }
  return lastChosen;
}

/** A body as compressions take it. */
export function bytesOf(body: Body): Uint8Array<ArrayBuffer> {
  // Bytes that come from the platform's buffers or from protobuf-es are in no shared memory; their types do not say so.
  return typeof body === "string" ? Buffer.from(body, "latin1") : (body as Uint8Array<ArrayBuffer>);
}
