import { create, createFileRegistry, type DescFile, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type DescriptorProtoSchema,
  type FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import fc, { type Arbitrary } from "fast-check";
import { file_kinds } from "../../gen/kinds_pb.ts";

type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;

/** What a field is, whatever the syntax of its file. */
interface FieldShape {
  readonly name: string;
  readonly number: number;
  readonly type: Type;
  readonly typeName: string;
  readonly kind: "plain" | "optional" | "list" | "member";
}

const made = "types.v1.Made";
const wellKnown = ["Timestamp", "Duration", "FieldMask", "BoolValue", "BytesValue", "DoubleValue", "UInt64Value"];
const messageNames = [made, "vectors.v1.Nested", ...wellKnown.map((name) => `google.protobuf.${name}`)];
const fieldNames = ["a", "some_name", "toJSON", "constructor", "quoted_1", "z9", "__proto__", "case"];
/** Groups are left out: their names follow rules of their own. */
const types = Object.values(Type).filter((type): type is Type => typeof type === "number" && type !== Type.GROUP);
const dependencies = withDependencies(file_kinds);

/** Types of messages of up to six fields, by proto2 and by proto3. */
export function messageTypes(): Arbitrary<DescMessage> {
  const field = fc.record<FieldShape>({
    name: fc.constantFrom(...fieldNames),
    number: fc.integer({ min: 1, max: 99 }),
    type: fc.constantFrom(...types),
    typeName: fc.constantFrom(...messageNames),
    kind: fc.constantFrom("plain", "optional", "list", "member"),
  });
  const fields = fc.uniqueArray(field, {
    minLength: 1,
    maxLength: 6,
    comparator: (a, b) => a.name === b.name || a.number === b.number,
  });
  return fc
    .tuple(fields, fc.boolean())
    .map(([shapes, isProto2]) => makeType(isProto2 ? makeProto2(shapes) : makeProto3(shapes), isProto2));
}

/** A plain field is a required one. */
function makeProto2(shapes: readonly FieldShape[]): MessageInitShape<typeof DescriptorProtoSchema> {
  const field = shapes.map((shape) => ({
    ...makeField(shape),
    ...(shape.kind === "plain" && { label: Label.REQUIRED }),
    ...(shape.kind === "member" && { oneofIndex: 0 }),
  }));
  return { field, oneofDecl: shapes.some(({ kind }) => kind === "member") ? [{ name: "choice" }] : [] };
}

/** An optional field has a oneof of its own, and those come last. */
function makeProto3(shapes: readonly FieldShape[]): MessageInitShape<typeof DescriptorProtoSchema> {
  const oneofs = shapes.some(({ kind }) => kind === "member") ? ["choice"] : [];
  const field = shapes.map((shape) => {
    const made = makeField(shape);
    if (shape.kind === "member") return { ...made, oneofIndex: 0 };
    if (shape.kind !== "optional") return made;
    return { ...made, proto3Optional: true, oneofIndex: oneofs.push(`_${shape.name}`) - 1 };
  });
  return { field, oneofDecl: oneofs.map((name) => ({ name })) };
}

function makeField({ name, number, type, typeName, kind }: FieldShape): FieldInit {
  const named = type === Type.MESSAGE ? typeName : type === Type.ENUM ? "vectors.v1.Color" : undefined;
  const label = kind === "list" ? Label.REPEATED : Label.OPTIONAL;
  return { name, jsonName: `${name}Json`, number, type, label, ...(named !== undefined && { typeName: `.${named}` }) };
}

function makeType(message: MessageInitShape<typeof DescriptorProtoSchema>, isProto2: boolean): DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: "types.proto",
    package: "types.v1",
    syntax: isProto2 ? "proto2" : "proto3",
    dependency: dependencies.map(({ proto }) => proto.name),
    messageType: [{ ...message, name: "Made" }],
  });
  const desc = createFileRegistry(file, (name) => dependencies.find(({ proto }) => proto.name === name)).getMessage(
    made,
  );
  if (desc === undefined) throw new Error(`${made} is not in the file that was made for it`);
  return desc;
}

function withDependencies(file: DescFile): DescFile[] {
  return [file, ...file.dependencies.flatMap(withDependencies)];
}
