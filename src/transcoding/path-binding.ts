import type { Message } from "@bufbuild/protobuf";
import { formatFieldPath, lastField } from "./field-path.ts";
import { describeField, parseFieldText } from "./field-text.ts";
import { setField } from "./message-fields.ts";
import { percentDecodeExceptSlash } from "./percent.ts";
import { badField, type RequestFault } from "./request-fault.ts";
import type { BoundVariable } from "./rule.ts";
import type { Path } from "./target.ts";

/** The decoded text of a variable; one of several segments keeps its escaped slashes, one of none is empty. */
export function readVariable(variable: BoundVariable, path: Path, segmentCount: number): string {
  if (!variable.multi) return path.decoded[variable.start] ?? "";
  // `**` is the last segment of its template, and takes as many as the path has left.
  const end = variable.end === segmentCount ? path.raw.length : variable.end;
  // The whole path is known to decode.
  return path.raw
    .slice(variable.start, end)
    .map((raw) => percentDecodeExceptSlash(raw) ?? raw)
    .join("/");
}

/** Sets the field of each variable, over what the body had there. Throws `RequestFault`. */
export function bindPath(
  message: Message,
  variables: readonly BoundVariable[],
  path: Path,
  segmentCount: number,
): void {
  for (const variable of variables) {
    const value = parseFieldText(lastField(variable.path), readVariable(variable, path, segmentCount));
    if (value === undefined) throw fault(variable, `expected ${describeField(lastField(variable.path))}`);
    const conflict = setField(message, variable.path, value);
    if (conflict === undefined) continue;
    throw fault(
      variable,
      `expected no other member of the oneof ${conflict.oneof.name}, the body has ${conflict.other}`,
    );
  }
}

function fault(variable: BoundVariable, description: string): RequestFault {
  return badField(formatFieldPath(variable.path), description);
}
