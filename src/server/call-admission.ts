import type { ConnectError } from "@connectrpc/connect";
import { refusalOf } from "../rpc/errors.ts";
import type { Connected } from "../rpc/peer.ts";

/** Looks at a call of a procedure by its path, there or not, before it is read. What it throws is answered. */
export type AdmitCall = (request: Connected, path: string) => void;

/** Why a call is not admitted; undefined of one that is. */
export function refusalOfCall(
  admit: AdmitCall | undefined,
  request: Connected,
  path: string,
): ConnectError | undefined {
  try {
    admit?.(request, path);
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) {
      throw error;
    }
    return refusal;
  }
}
