import { create, type DescMethodServerStreaming, type DescMethodUnary } from "@bufbuild/protobuf";
import { createMethodImplSpec, type MethodImpl, type MethodImplSpec } from "@connectrpc/connect";
import { LibraryService, NotesSchema } from "../gen/library_pb.ts";

type Methods = typeof LibraryService.method;

/** Implementations of some methods of the library. */
export type LibraryImpl = { [Name in keyof Methods]?: MethodImpl<Methods[Name]> };

/** Every method of the library; those that a test has no use for answer with an empty message, or with none. */
export function implementLibrary(impl: LibraryImpl): MethodImplSpec[] {
  // `Object.entries` forgets that the names and the methods belong together.
  const methods = Object.entries(LibraryService.method) as [
    keyof Methods,
    DescMethodUnary | DescMethodServerStreaming,
  ][];
  return methods.map(([name, method]) => createMethodImplSpec(method, (impl[name] ?? defaultImpl(method)) as never));
}

function defaultImpl(method: DescMethodUnary | DescMethodServerStreaming): unknown {
  return method.methodKind === "unary" ? () => create(method.output) : async function* () {};
}

/** Answers `KeepNotes` with the notes it was given. */
export const echoNotes: LibraryImpl = { keepNotes: (notes) => create(NotesSchema, notes) };
