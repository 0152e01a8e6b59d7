import { Code, type ConnectError } from "@connectrpc/connect";
import { PreconditionFailureSchema } from "../../gen/google/rpc/error_details_pb.ts";

/** The type of violation by which an implementation says that it refused a request because of its `If-Match`. */
const VIOLATION_TYPE = "IF_MATCH";

/** Whether the error is ABORTED with a `google.rpc.PreconditionFailure` among its details that has such a violation. */
export function isIfMatchFailure(error: ConnectError): boolean {
  if (error.code !== Code.Aborted) return false;
  const failures = error.findDetails(PreconditionFailureSchema);
  return failures.some(({ violations }) => violations.some(({ type }) => type === VIOLATION_TYPE));
}
