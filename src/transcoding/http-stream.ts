import { type DescMessage, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import { http_stream } from "../../gen/transcoding/v1/annotations_pb.ts";
import { type FieldPath, formatFieldPath, isFieldPathFault, lastField, resolveFieldPath } from "./field-path.ts";
import { describeField, parseFieldText } from "./field-text.ts";
import { isHttpBody } from "./http-body.ts";
import { getField, setField } from "./message-fields.ts";
import { badField, type RequestFault } from "./request-fault.ts";
import { nameOf, type Rule } from "./rule.ts";
import { RuleError } from "./rule-error.ts";

/** How Server-Sent Events of a route are named, so that a client can go on where its stream ended. */
export interface HttpStream {
  /** The `id` of the event of a response message; `undefined` for none. */
  eventId(response: Message): string | undefined;
  /** The request field that `Last-Event-ID` sets; `undefined` for none. */
  readonly lastEventId: FieldPath | undefined;
}

const LINE_BREAK = /[\0\r\n]/;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the `transcoding.v1.http_stream` option of the rule's method; `undefined` where it is missing. Throws `RuleError`. */
export function readHttpStream(rule: Rule): HttpStream | undefined {
  const { method } = rule;
  if (!hasOption(method, http_stream)) return undefined;
  const { eventId, lastEventId } = getOption(method, http_stream);
  if (method.methodKind !== "server_streaming") {
    throw ruleError(rule, "http_stream is for a stream of responses; remove the option");
  }
  if (eventId !== "" && isHttpBody(method.output, rule.responseBody)) {
    throw ruleError(rule, "http_stream has event_id, and a stream of raw bytes has no events; remove it");
  }
  const id = findScalar(rule, "event_id", method.output, eventId);
  return {
    eventId: (response) => (id === undefined ? undefined : formatId(id, getField(response, id))),
    lastEventId: findScalar(rule, "last_event_id", method.input, lastEventId),
  };
}

/**
 * Sets the field that `Last-Event-ID` is for, over what the request says otherwise. An empty header counts as none.
 * Throws `RequestFault`.
 */
export function bindLastEventId(message: Message, path: FieldPath, header: string | string[] | undefined): void {
  if (header === undefined || header === "") return;
  const text = typeof header === "string" ? decode(header) : undefined;
  const value = text === undefined ? undefined : parseFieldText(lastField(path), text);
  if (value === undefined) throw fault(`expected ${describeField(lastField(path))}, in UTF-8`);
  const conflict = setField(message, path, value);
  if (conflict === undefined) return;
  throw fault(`expected no other member of the oneof ${conflict.oneof.name}, the request has ${conflict.other}`);
}

function findScalar(
  rule: Rule,
  option: "event_id" | "last_event_id",
  message: DescMessage,
  name: string,
): FieldPath | undefined {
  if (name === "") return undefined;
  const path = resolveFieldPath(message, name.split("."), (desc, step) => {
    return desc.fields.find((field) => field.name === step);
  });
  if (isFieldPathFault(path)) {
    throw ruleError(rule, `http_stream has ${option} "${name}": ${path.reason}; use proto names`);
  }
  if (lastField(path).fieldKind === "scalar") return path;
  throw ruleError(rule, `http_stream has ${option} "${name}", which is no scalar; use a singular scalar field`);
}

function ruleError({ method, template }: Rule, reason: string): RuleError {
  return new RuleError({ rpc: nameOf(method), template: template.source }, reason);
}

/** An empty id would make a client forget the last one. */
function formatId(path: FieldPath, value: unknown): string | undefined {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : String(value ?? "");
  if (LINE_BREAK.test(text)) throw new Error(`${formatFieldPath(path)} has a line break or NUL, which no event id can`);
  return text === "" ? undefined : text;
}

/** A header comes as one character for each byte. */
function decode(header: string): string | undefined {
  try {
    return UTF8.decode(Buffer.from(header, "latin1"));
  } catch {
    // Not UTF-8: the caller words the error.
    return undefined;
  }
}

function fault(description: string): RequestFault {
  return badField("Last-Event-ID", description);
}
