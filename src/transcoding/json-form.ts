import {
  create,
  type DescField,
  type DescMessage,
  type JsonValue,
  type JsonWriteOptions,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { hasOwnJsonForm } from "./field-path.ts";
import { JsonWriter } from "./json-writer/json-writer.ts";
import { getField } from "./message-fields.ts";

/** Writes messages as protobuf JSON in proto names, with fields of implicit presence whatever their value. */
export class JsonForm {
  readonly #options: Partial<JsonWriteOptions>;
  readonly #writer = new JsonWriter((desc, init) => JSON.stringify(this.write(desc, createFrom(desc, init))));

  constructor(registry: Registry) {
    this.#options = { registry, useProtoFieldName: true, alwaysEmitImplicit: true };
  }

  /** The JSON text of the message that `create` makes of an object, or of one field of it: null where it is not set. */
  stringify(desc: DescMessage, init: object, field?: DescField): string {
    if (field === undefined) return this.#writer.write(desc, init);
    return JSON.stringify(this.writeField(desc, createFrom(desc, init), field));
  }

  /** The JSON value of a message. */
  write(desc: DescMessage, message: Message): JsonValue {
    return toJson(desc, message, this.#options);
  }

  /** The JSON value of one field of a message; null where it is not set. */
  writeField(desc: DescMessage, message: Message, field: DescField): JsonValue {
    if (field.fieldKind === "message" && !hasOwnJsonForm(field.message)) {
      const value = getField(message, [field]);
      // The value of a singular message field is a message of the field's type.
      return value === undefined ? null : this.write(field.message, value as Message);
    }
    const json = this.write(desc, message);
    // A message without a JSON form of its own is written as an object; others have no fields to select.
    const fields = json as Readonly<Record<string, JsonValue>>;
    return Object.hasOwn(fields, field.name) ? (fields[field.name] ?? null) : null;
  }

  /** The JSON value of `google.protobuf.Any` that holds the message. */
  writeAny(desc: DescMessage, message: Message): JsonValue {
    const type = { "@type": `type.googleapis.com/${desc.typeName}` };
    const json = this.write(desc, message);
    if (hasOwnJsonForm(desc) || typeof json !== "object" || json === null) return { ...type, value: json };
    return { ...type, ...json };
  }
}

/** The message that an implementation means: it may return one, or what one is created from. */
export function createFrom(desc: DescMessage, init: object): Message {
  // The caller knows that the object is of the descriptor's type.
  return create(desc, init as Record<string, unknown>);
}
