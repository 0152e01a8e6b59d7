import type { DescFile } from "@bufbuild/protobuf";
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";

/** Where everything in a set of proto files is declared. Names are full names without a leading dot. */
export interface DescriptorIndex {
  readonly files: ReadonlyMap<string, DescFile>;
  /** Services, methods, messages, fields, oneofs, enums, enum values and extensions. */
  readonly symbols: ReadonlyMap<string, DescFile>;
  /** The extensions of each message, by number; every known message has an entry. */
  readonly extensions: ReadonlyMap<string, ReadonlyMap<number, DescFile>>;
}

/** Indexes the given files together with everything that they import. */
export function indexDescriptors(files: Iterable<DescFile>): DescriptorIndex {
  const all = new Map([...files].flatMap(withImports).map((file) => [file.proto.name, file]));
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of all.values()) {
    for (const symbol of symbolsOf(file)) {
      symbols.set(symbol, file);
    }
    for (const message of messagesOf(file.proto.package, file.proto.messageType)) {
      numbersOf(extensions, message.name);
    }
    for (const { extendee, number } of extensionsOf(file)) {
      numbersOf(extensions, extendee.slice(1)).set(number, file);
    }
  }
  return { files: all, symbols, extensions };
}

/** A file and, after it, everything it imports, directly or not, each once. */
export function withImports(file: DescFile): readonly DescFile[] {
  const found = new Set([file]);
  for (const each of found) {
    for (const dependency of each.dependencies) {
      found.add(dependency);
    }
  }
  return [...found];
}

interface NamedMessage {
  readonly name: string;
  readonly proto: DescriptorProto;
}

function messagesOf(scope: string, protos: readonly DescriptorProto[]): readonly NamedMessage[] {
  return protos.flatMap((proto) => {
    const name = join(scope, proto.name);
    return [{ name, proto }, ...messagesOf(name, proto.nestedType)];
  });
}

function symbolsOf({ proto: file }: DescFile): readonly string[] {
  const scope = file.package;
  return [
    ...messagesOf(scope, file.messageType).flatMap(messageSymbols),
    ...file.enumType.flatMap((type) => enumSymbols(scope, type)),
    ...file.extension.map(({ name }) => join(scope, name)),
    ...file.service.flatMap((service) => serviceSymbols(scope, service)),
  ];
}

function messageSymbols({ name, proto }: NamedMessage): readonly string[] {
  const members = [...proto.field, ...proto.oneofDecl, ...proto.extension];
  return [
    name,
    ...members.map((member) => join(name, member.name)),
    ...proto.enumType.flatMap((type) => enumSymbols(name, type)),
  ];
}

/** The values of an enum are named beside it, not below it. */
function enumSymbols(scope: string, type: EnumDescriptorProto): readonly string[] {
  return [join(scope, type.name), ...type.value.map(({ name }) => join(scope, name))];
}

function serviceSymbols(scope: string, service: ServiceDescriptorProto): readonly string[] {
  const name = join(scope, service.name);
  return [name, ...service.method.map((method) => join(name, method.name))];
}

function extensionsOf({ proto: file }: DescFile): readonly FieldDescriptorProto[] {
  const nested = messagesOf(file.package, file.messageType).flatMap(({ proto }) => proto.extension);
  return [...file.extension, ...nested];
}

function numbersOf<V>(numbers: Map<string, Map<number, V>>, message: string): Map<number, V> {
  const known = numbers.get(message) ?? new Map<number, V>();
  numbers.set(message, known);
  return known;
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}
