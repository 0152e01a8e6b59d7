const hexDigits = 16;

/**
 * Writes a `grpc-message` that connect-es has percent-encoded as gRPC has it: nothing but `%` and what is not printable
 * ASCII. It encodes more, and clients that decode less (grpc-js) would show what is left.
 */
export function plainGrpcMessage(encoded: string): string {
  const bytes = Buffer.from(decodeURIComponent(encoded));
  return Array.from(bytes, (byte) => {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    return isPlain ? String.fromCharCode(byte) : `%${byte.toString(hexDigits).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** The same trailers, with a `grpc-message` as gRPC has it. */
export function withPlainMessage<T extends object>(trailers: T): T {
  return "grpc-message" in trailers
    ? { ...trailers, "grpc-message": plainGrpcMessage(String(trailers["grpc-message"])) }
    : trailers;
}
