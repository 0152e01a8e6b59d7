import { create, type DescEnum, type DescField, type DescMessage, type ScalarType } from "@bufbuild/protobuf";
import { StructSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { hasOwnJsonForm, isWrapper } from "../field-path.ts";
import { type AppendField, fieldAppender } from "./append-field.ts";
import { listWriter, mapWriter } from "./collection-text.ts";
import { enumWriter, scalarWriter } from "./scalar-text.ts";
import { writeTimestamp } from "./timestamp-text.ts";
import { type Fields, isFields, type WriteText } from "./write-text.ts";

/** The JSON text of a message, or of what one is created from, by way of a message and a JSON value. Throws. */
export type WriteGenerally = (desc: DescMessage, init: object) => string;

/**
 * Writes messages as JSON text straight from what they would be created from, by a plan that is made once for each
 * type. The text is that of the general way, to which everything unusual goes, errors included.
 */
export class JsonWriter {
  readonly #general: WriteGenerally;
  readonly #writers = new Map<DescMessage, WriteText>();

  constructor(general: WriteGenerally) {
    this.#general = general;
  }

  /** The JSON text of the message that `create` makes of the object. Throws what the general way throws. */
  write(desc: DescMessage, init: object): string {
    return this.#writerOf(desc)(init, false) ?? this.#general(desc, init);
  }

  #writerOf(desc: DescMessage): WriteText {
    return this.#writers.get(desc) ?? this.#createWriter(desc);
  }

  #createWriter(desc: DescMessage): WriteText {
    if (desc.typeName === TimestampSchema.typeName) return this.#keep(desc, writeTimestamp);
    if (hasOwnJsonForm(desc)) return this.#keep(desc, this.#ownFormWriter(desc));
    const fields: AppendField[] = [];
    const writer = this.#keep(desc, messageWriter(desc, fields));
    // Added afterwards, so that a type which contains itself finds its writer.
    const zeros = zerosOf(desc);
    for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) {
      fields.push(fieldAppender(field, this.#valueWriter(field), zeros[field.localName]));
    }
    return writer;
  }

  #keep(desc: DescMessage, writer: WriteText): WriteText {
    this.#writers.set(desc, writer);
    return writer;
  }

  /** Types like Duration or Any are written in the general way, each by itself. */
  #ownFormWriter(desc: DescMessage): WriteText {
    return (value, raw) => {
      if (!isFields(value) || (raw && value.$typeName !== desc.typeName)) return undefined;
      return this.#general(desc, value);
    };
  }

  #valueWriter(field: DescField): WriteText {
    switch (field.fieldKind) {
      case "list":
        return listWriter(this.#itemWriter(field));
      case "map":
        return mapWriter(this.#itemWriter(field));
      case "message": {
        const wrapped = isWrapper(field.message) ? field.message.fields[0]?.scalar : undefined;
        // protobuf-es keeps a wrapper as its bare value, but for members of a oneof.
        return wrapped === undefined || field.oneof !== undefined ? this.#itemWriter(field) : scalarWriter(wrapped);
      }
      default:
        return this.#itemWriter(field);
    }
  }

  /** What writes a value, an item of a list or a value of a map: exactly one of the three is there. */
  #itemWriter(field: {
    readonly scalar?: ScalarType | undefined;
    readonly enum?: DescEnum | undefined;
    readonly message?: DescMessage | undefined;
  }): WriteText {
    if (field.scalar !== undefined) return scalarWriter(field.scalar);
    if (field.enum !== undefined) return enumWriter(field.enum);
    // protobuf-es keeps Struct as a plain JSON object, whose numbers still have to be checked.
    if (field.message === undefined || field.message.typeName === StructSchema.typeName) return () => undefined;
    const { message } = field;
    return this.#writerOf(message);
  }
}

function messageWriter({ typeName }: DescMessage, fields: readonly AppendField[]): WriteText {
  return (value, raw) => {
    if (!isFields(value)) return undefined;
    const created = value.$typeName === typeName;
    // Unknown fields may be extensions.
    if ((raw && !created) || value.$unknown !== undefined) return undefined;
    let text: string | undefined = "";
    for (const append of fields) {
      text = append(text, value, created);
      if (text === undefined) return undefined;
    }
    return `{${text}}`;
  };
}

/** What the fields of a new message hold, by `localName`. */
function zerosOf(desc: DescMessage): Fields {
  // A message is an object with a property for each field.
  return create(desc) as unknown as Fields;
}
