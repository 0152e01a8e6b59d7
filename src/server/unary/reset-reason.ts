import { Code, ConnectError } from "@connectrpc/connect";

// The codes of RFC 9113, section 7, that say something about the call, with what connect-node makes of them.
const reasons: Readonly<Record<number, readonly [name: string, code: Code]>> = {
  1: ["PROTOCOL_ERROR", Code.Internal],
  2: ["INTERNAL_ERROR", Code.Internal],
  3: ["FLOW_CONTROL_ERROR", Code.Internal],
  4: ["SETTINGS_TIMEOUT", Code.Internal],
  6: ["FRAME_SIZE_ERROR", Code.Internal],
  7: ["REFUSED_STREAM", Code.Unavailable],
  8: ["CANCEL", Code.Canceled],
  9: ["COMPRESSION_ERROR", Code.Internal],
  10: ["CONNECT_ERROR", Code.Internal],
  11: ["ENHANCE_YOUR_CALM", Code.ResourceExhausted],
  12: ["INADEQUATE_SECURITY", Code.PermissionDenied],
  13: ["HTTP_1_1_REQUIRED", Code.PermissionDenied],
};

/** The error that an HTTP/2 reset code stands for; undefined for codes that tell nothing, such as NO_ERROR. */
export function resetReason(rstCode: number | undefined): ConnectError | undefined {
  const reason = reasons[rstCode ?? 0];
  if (reason === undefined) {
    return undefined;
  }
  const [name, code] = reason;
  return new ConnectError(`http/2 stream closed with error code ${name} (0x${rstCode?.toString(16)})`, code);
}
