import { Code } from "@connectrpc/connect";

/** One thing that is wrong with a request: the field or parameter, and what would be accepted. */
export interface FieldViolation {
  /** A path of proto names where the field is known, else the parameter's or header's name. */
  readonly field: string;
  readonly description: string;
}

/**
 * A request that the transcoder refuses by itself, with the HTTP status that says so best. It is answered as
 * `google.rpc.Status`, with `BadRequest` details where there are violations.
 */
export class RequestFault extends Error {
  override readonly name = "RequestFault";
  readonly status: number;
  readonly code: Code;
  readonly violations: readonly FieldViolation[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: Code,
    message: string,
    more: { violations?: readonly FieldViolation[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.violations = more.violations ?? [];
    this.headers = more.headers ?? {};
  }
}

/** A 400 that names the field, and the parameter where it is written otherwise. */
export function badField(field: string, description: string, subject = `"${shorten(field)}"`): RequestFault {
  const violations = [{ field: shorten(field), description }];
  return new RequestFault(400, Code.InvalidArgument, `${subject}: ${description}`, { violations });
}

/** A 400 about the request as a whole. */
export function badRequest(message: string): RequestFault {
  return new RequestFault(400, Code.InvalidArgument, message);
}

/** Text of a client as an error message may repeat it. */
export function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
