import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import {
  type FieldPath,
  findField,
  formatFieldPath,
  isFieldPathFault,
  lastField,
  resolveFieldPath,
} from "./field-path.ts";
import { describeField, hasTextForm, parseFieldText } from "./field-text.ts";
import { addEntry, addItem, OneofConflict, setField } from "./message-fields.ts";
import { percentDecode } from "./percent.ts";
import { badField, type RequestFault, shorten } from "./request-fault.ts";
import { describeScalar, parseScalar } from "./scalar.ts";

/** What of a message a query string may set. */
export interface QueryScope {
  readonly message: DescMessage;
  /** The proto paths of the fields that the path binds. */
  readonly bound: ReadonlySet<string>;
  /** The field that the body is, or `*` for all of them. */
  readonly body: DescField | "*" | undefined;
  /** How many messages deep a parameter may reach. */
  readonly maxDepth: number;
}

/** One `name=value` of a query string, decoded. */
interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** A parameter and the field that it names; `key` is that of an entry of a map. */
interface Target {
  readonly parameter: Parameter;
  readonly path: FieldPath;
  readonly name: string;
  readonly key: string | undefined;
}

/*
 * Query     = [ Parameter ] { "&" [ Parameter ] } ;
 * Parameter = Name [ "=" value ] ;
 * Name      = field { "." field } [ "[" key "]" ] ;
 *
 * Names and values are decoded after they are split; the key is all between the first "[" and the last "]".
 */

/** Sets the fields that the query string names. Throws `RequestFault`. */
export function bindQuery(message: Message, query: string, scope: QueryScope): void {
  const seen = new Set<string>();
  for (const piece of query.split("&")) {
    if (piece !== "") bindParameter(message, readTarget(readParameter(piece), scope), seen);
  }
}

function readParameter(piece: string): Parameter {
  const equals = piece.indexOf("=");
  const rawName = equals < 0 ? piece : piece.slice(0, equals);
  const name = decode(rawName);
  if (name === undefined) throw badField(rawName, "expected escapes (%XX) of UTF-8 in the name");
  const value = equals < 0 ? "" : decode(piece.slice(equals + 1));
  if (value === undefined) throw badField(name, "expected escapes (%XX) of UTF-8 in the value");
  return { name, value };
}

function decode(text: string): string | undefined {
  return percentDecode(text.replaceAll("+", " "));
}

function readTarget(parameter: Parameter, scope: QueryScope): Target {
  const { name } = parameter;
  if (scope.body === "*") throw badField(name, "expected no query parameters, all fields are in the body");
  const bracket = name.indexOf("[");
  if (bracket >= 0 && !name.endsWith("]")) throw badField(name, `expected "]" at the end of a map key`);
  const names = (bracket < 0 ? name : name.slice(0, bracket)).split(".");
  if (names.length > scope.maxDepth) throw badField(name, `expected at most ${scope.maxDepth} names`);
  const path = resolveFieldPath(scope.message, names, findField);
  if (isFieldPathFault(path)) throw badField(name, `expected the name of a field: ${path.reason}`);
  const target = {
    parameter,
    path,
    name: formatFieldPath(path),
    key: bracket < 0 ? undefined : name.slice(bracket + 1, -1),
  };
  if (scope.bound.has(target.name)) throw fault(target, "expected no query parameter, the path has the field");
  if (path[0] === scope.body) throw fault(target, "expected no query parameter, the body has the field");
  return target;
}

function bindParameter(message: Message, target: Target, seen: Set<string>): void {
  const field = lastField(target.path);
  if (field.fieldKind === "map") {
    bindEntry(message, target, field);
    return;
  }
  if (target.key !== undefined) throw fault(target, "expected no key, the field is no map");
  checkTextForm(target, field);
  const value = parseFieldText(field, target.parameter.value);
  if (value === undefined) throw fault(target, `expected ${describeField(field)}`);
  if (field.fieldKind === "list") {
    checkOneof(target, addItem(message, target.path, value));
    return;
  }
  if (seen.has(target.name)) throw fault(target, "expected one value, there are several");
  seen.add(target.name);
  checkOneof(target, setField(message, target.path, value));
}

/** Every list of messages is refused, also of those that have a text form when they are single. */
function checkTextForm(target: Target, field: DescField): void {
  if (field.fieldKind === "list" && field.message !== undefined) {
    throw fault(target, "expected no list of messages, it has no form in a query");
  }
  if (hasTextForm(field)) return;
  throw fault(target, `expected the name of a field inside it, it is a ${field.message?.typeName}`);
}

function bindEntry(message: Message, target: Target, field: DescField & { fieldKind: "map" }): void {
  if (target.key === undefined) throw fault(target, `expected a key, as in ${target.name}[key]`);
  if (field.message !== undefined) throw fault(target, "expected no map of messages, it has no form in a query");
  const key = parseScalar(field.mapKey, target.key);
  if (key === undefined) throw fault(target, `expected a key that is ${describeScalar(field.mapKey)}`);
  const value = parseFieldText(field, target.parameter.value);
  if (value === undefined) throw fault(target, `expected ${describeField(field)}`);
  const problem = addEntry(message, target.path, String(key), value);
  if (problem === "duplicate-key") throw fault(target, "expected one value for each key, there are several");
  checkOneof(target, problem);
}

function checkOneof(target: Target, conflict: OneofConflict | undefined): void {
  if (!(conflict instanceof OneofConflict)) return;
  throw fault(target, `expected one member of the oneof ${conflict.oneof.name}, there is ${conflict.other} already`);
}

function fault(target: Target, description: string): RequestFault {
  return badField(target.name, description, `query parameter "${shorten(target.parameter.name)}"`);
}
