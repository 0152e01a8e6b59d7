import type { DescEnum, DescField, DescMessage, DescOneof, ScalarType } from "@bufbuild/protobuf";
import { type Comments, describe } from "./comments.ts";
import { type Direction, isRequired, isRequiredOneof, readFieldRules } from "./field-rules.ts";
import type { Schema } from "./openapi.ts";
import { enumSchema, keySchema, scalarSchema, wellKnownSchema } from "./value-schema.ts";

/** Where schemas are kept by name, and what they are named and described by. */
export interface SchemaStore {
  readonly schemas: Map<string, Schema>;
  readonly comments: Comments;
  /** The name of the schema of a message that is an object of its fields. */
  nameOf(message: DescMessage, direction: Direction): string;
}

/** Exactly one of the three is there, see `DescField`. */
interface Typed {
  readonly scalar?: ScalarType | undefined;
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
}

/**
 * Writes the schemas of messages as they go one way. Messages and enums become schemas of their own in the store, which
 * the ones of fields refer to.
 */
export class SchemaWriter {
  readonly direction: Direction;
  readonly #store: SchemaStore;

  constructor(store: SchemaStore, direction: Direction) {
    this.#store = store;
    this.direction = direction;
  }

  /** The schema of a message: a reference, but for types that have a JSON form of their own. */
  message(desc: DescMessage): Schema {
    const wellKnown = wellKnownSchema(desc);
    if (wellKnown !== undefined) return wellKnown;
    const name = this.#store.nameOf(desc, this.direction);
    const { schemas } = this.#store;
    if (!schemas.has(name)) {
      // The name is taken before the fields are looked at: they may be of the message's own type.
      schemas.set(name, {});
      schemas.set(name, this.object(desc));
    }
    return refer(name);
  }

  /** The schema of a message as an object, without the fields that are named; those are elsewhere in the request. */
  object(desc: DescMessage, omitted: ReadonlySet<string> = new Set()): Schema {
    const fields = desc.fields.filter(({ name }) => !omitted.has(name));
    const required = fields.filter((field) => isRequired(field, this.direction)).map(({ name }) => name);
    return {
      type: "object",
      ...describe(this.#store.comments(desc)),
      ...(required.length > 0 && { required }),
      properties: Object.fromEntries(fields.map((field) => [field.name, this.field(field)])),
      additionalProperties: false,
      ...this.#oneofs(desc, fields),
    };
  }

  /** The schema of a field, with what its comment and its options say. */
  field(field: DescField): Schema {
    const asked = this.direction === "request";
    const rules = readFieldRules(field);
    const schema = this.#shape(field, asked ? rules.value : {}, asked ? rules.list : {});
    return { ...schema, ...describe(this.#store.comments(field)), ...(asked && rules.field) };
  }

  #shape(field: DescField, value: Schema, list: Schema): Schema {
    const schema = { ...this.#value(field), ...value };
    if (field.fieldKind === "list") return { type: "array", ...list, items: schema };
    if (field.fieldKind !== "map") return schema;
    const propertyNames = keySchema(field.mapKey);
    return { type: "object", ...(propertyNames && { propertyNames }), additionalProperties: schema };
  }

  #value(typed: Typed): Schema {
    if (typed.scalar !== undefined) return scalarSchema(typed.scalar);
    if (typed.message !== undefined) return this.message(typed.message);
    return typed.enum === undefined ? {} : this.#enum(typed.enum);
  }

  #enum(desc: DescEnum): Schema {
    const { schemas, comments } = this.#store;
    const values = desc.values.map((value) => [value.name, comments(value).replace(/\s+/g, " ")] as const);
    const list = values.map(([name, comment]) => (comment === "" ? "" : `- \`${name}\`: ${comment}`)).filter(Boolean);
    const description = [comments(desc), list.join("\n")].filter(Boolean).join("\n\n");
    schemas.set(desc.typeName, { ...enumSchema(desc), ...describe(description) });
    return refer(desc.typeName);
  }

  /** At most one member of each oneof; of some a request must have one. */
  #oneofs(desc: DescMessage, fields: readonly DescField[]): Schema {
    const rules = desc.oneofs.flatMap((oneof) => this.#oneof(oneof, fields));
    const [only] = rules;
    return rules.length === 1 && only !== undefined ? only : rules.length === 0 ? {} : { allOf: rules };
  }

  #oneof(oneof: DescOneof, fields: readonly DescField[]): Schema[] {
    const members = oneof.fields.filter((field) => fields.includes(field)).map(({ name }) => ({ required: [name] }));
    if (this.direction === "request" && isRequiredOneof(oneof)) return [{ oneOf: members }];
    return members.length > 1 ? [{ oneOf: [...members, { not: { anyOf: members } }] }] : [];
  }
}

/** A reference to a schema of the document. */
export function refer(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
