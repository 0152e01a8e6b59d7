import {
  type DescMessage,
  type DescMethod,
  fromJson,
  getOption,
  hasOption,
  type JsonObject,
  type JsonValue,
} from "@bufbuild/protobuf";
import { http_example } from "../../../gen/transcoding/v1/annotations_pb.ts";
import { type FieldPath, formatFieldPath } from "../field-path.ts";
import { nameOf } from "../rule.ts";

/** The messages of an example call, in JSON with proto names. */
export interface Example {
  readonly request: JsonObject | undefined;
  readonly response: JsonObject | undefined;
}

/** Reads the `transcoding.v1.http_example` option. Throws an `Error` that names the RPC for what is no such message. */
export function readExample(method: DescMethod): Example {
  if (!hasOption(method, http_example)) return { request: undefined, response: undefined };
  const { request, response } = getOption(method, http_example);
  return {
    request: parse(`${nameOf(method)}, http_example.request`, method.input, request),
    response: parse(`${nameOf(method)}, http_example.response`, method.output, response),
  };
}

/** The value of a field in the JSON object of a message; `undefined` where it is not there. */
export function pick(example: JsonObject | undefined, path: FieldPath): JsonValue | undefined {
  let value: JsonValue | undefined = example;
  for (const { name } of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** The object without the members that are named. */
export function omit(example: JsonObject | undefined, names: ReadonlySet<string>): JsonObject | undefined {
  return example && Object.fromEntries(Object.entries(example).filter(([name]) => !names.has(name)));
}

/** An example as an object to spread: nothing where there is none. */
export function exemplify(example: JsonValue | undefined): { example?: JsonValue } {
  return example === undefined ? {} : { example };
}

/** The names of the fields of the message that variables of a path hold whole. */
export function boundNames(paths: readonly FieldPath[]): ReadonlySet<string> {
  return new Set(paths.map(formatFieldPath));
}

function parse(place: string, desc: DescMessage, text: string): JsonObject | undefined {
  if (text === "") return undefined;
  try {
    const json: JsonValue = JSON.parse(text);
    fromJson(desc, json);
    // A message with fields to name in the path or the query is an object in JSON.
    return json as JsonObject;
  } catch (error) {
    throw new Error(`${place}: expected ${desc.typeName} in JSON`, { cause: error });
  }
}
