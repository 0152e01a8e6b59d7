/** What came back for a request, in HTTP's terms; the status is 0 where no answer came. */
export interface Seen {
  readonly status: number;
  readonly grpcStatus: string | undefined;
  readonly grpcMessage: string | undefined;
  readonly body: string;
}

// As docs/errors.md says: a procedure that is not there, the service is not available, the deadline passed. And a stream
// both ways needs another version of HTTP than 1.1.
const allowedStatuses = new Set([501, 503, 504, 505]);
const wrongStatuses = new Set(["2", "13"]);
// gRPC itself wants INTERNAL for a message that can't be decompressed or parsed.
const prescribed = /received compressed envelope, but do not know how to decompress|decompression failed|parse binary/i;

/** What is wrong about an answer, whatever was asked; undefined where nothing is. */
export function faultOf({ status, grpcStatus, grpcMessage = "", body }: Seen): string | undefined {
  if (status >= 500 && !allowedStatuses.has(status)) {
    return `status ${status}`;
  }
  // Once in an answer of gRPC-Web, whose trailers are in its body.
  const said = unescaped(grpcMessage + body);
  const isWrong =
    wrongStatuses.has(grpcStatus ?? "") || /"code":"(?:internal|unknown)"|grpc-status: *(?:2|13)\r/i.test(body);
  if (/internal error \(request id/i.test(said) || (isWrong && !prescribed.test(said))) {
    return "an internal error";
  }
  return /node_modules|\n\s+at .*:\d+:\d+/.test(body) ? "it shows its insides" : undefined;
}

function unescaped(text: string): string {
  return text.replaceAll(/%([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
