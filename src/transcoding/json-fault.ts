import {
  type DescField,
  type DescMessage,
  type DescOneof,
  fromJson,
  type JsonObject,
  type JsonReadOptions,
  type JsonValue,
} from "@bufbuild/protobuf";
import { findField, hasOwnJsonForm } from "./field-path.ts";
import { describeField } from "./field-text.ts";
import { type FieldViolation, shorten } from "./request-fault.ts";
import { describeScalar, parseScalar } from "./scalar.ts";

/**
 * Finds what a JSON value has that the message does not take. The parser of protobuf-es says only that there is
 * something; this walks the value along the descriptors and asks that parser about the leaves.
 */
export function findJsonFault(
  message: DescMessage,
  json: JsonValue,
  options: Partial<JsonReadOptions>,
): FieldViolation | undefined {
  return new FaultFinder(options).inMessage(message, json, "");
}

class FaultFinder {
  readonly #options: Partial<JsonReadOptions>;

  constructor(options: Partial<JsonReadOptions>) {
    this.#options = options;
  }

  inMessage(message: DescMessage, json: JsonValue, path: string): FieldViolation | undefined {
    if (!isObject(json)) return { field: path, description: `expected a JSON object of ${message.typeName}` };
    const seen = new Set<DescField>();
    const members = new Map<DescOneof, DescField>();
    for (const [key, value] of Object.entries(json)) {
      const field = findField(message, key);
      const name = join(path, field?.name ?? shorten(key));
      if (field === undefined) return { field: name, description: describeUnknown(message, name) };
      if (seen.has(field)) return { field: name, description: `expected once, as ${field.name} or ${field.jsonName}` };
      seen.add(field);
      const fault = this.#inOneof(members, field, value, name) ?? this.#inField(message, field, value, name);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #inOneof(
    members: Map<DescOneof, DescField>,
    field: DescField,
    value: JsonValue,
    name: string,
  ): FieldViolation | undefined {
    if (field.oneof === undefined || value === null) return undefined;
    const other = members.get(field.oneof);
    members.set(field.oneof, field);
    if (other === undefined) return undefined;
    return { field: name, description: `expected one member of the oneof ${field.oneof.name}, ${other.name} is there` };
  }

  #inField(message: DescMessage, field: DescField, json: JsonValue, path: string): FieldViolation | undefined {
    // Any field may be null; where one may not, the parser says so.
    if (json === null) return this.#inLeaf(message, field, json, path);
    if (field.fieldKind === "list") return this.#inList(message, field, json, path);
    if (field.fieldKind === "map") return this.#inMap(message, field, json, path);
    return canEnter(field) ? this.inMessage(field.message, json, path) : this.#inLeaf(message, field, json, path);
  }

  #inList(message: DescMessage, field: DescField, json: JsonValue, path: string): FieldViolation | undefined {
    if (!Array.isArray(json)) return { field: path, description: "expected a JSON array" };
    for (const [index, item] of json.entries()) {
      const name = `${path}[${index}]`;
      const fault =
        canEnter(field) && item !== null
          ? this.inMessage(field.message, item, name)
          : this.#inLeaf(message, field, [item], name);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #inMap(
    message: DescMessage,
    field: DescField & { fieldKind: "map" },
    json: JsonValue,
    path: string,
  ): FieldViolation | undefined {
    if (!isObject(json)) return { field: path, description: "expected a JSON object" };
    for (const [key, item] of Object.entries(json)) {
      const name = `${path}[${shorten(key)}]`;
      if (parseScalar(field.mapKey, key) === undefined) {
        return { field: name, description: `expected a key that is ${describeScalar(field.mapKey)}` };
      }
      const fault =
        canEnter(field) && item !== null
          ? this.inMessage(field.message, item, name)
          : this.#inLeaf(message, field, { [key]: item }, name);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Asks the parser whether the message takes this field alone. */
  #inLeaf(message: DescMessage, field: DescField, json: JsonValue, path: string): FieldViolation | undefined {
    try {
      fromJson(message, { [field.name]: json }, this.#options);
      return undefined;
    } catch {
      // The parser's words are about its own types; ours say what the field accepts.
      return { field: path, description: `expected ${describeField(field)}` };
    }
  }
}

function canEnter(field: DescField): field is DescField & { message: DescMessage } {
  return field.message !== undefined && !hasOwnJsonForm(field.message);
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function describeUnknown(message: DescMessage, name: string): string {
  const fields = message.fields.map((field) => field.name).join(", ");
  return `unknown field "${name}"; expected ${fields === "" ? "no field" : `one of ${fields}`}`;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
