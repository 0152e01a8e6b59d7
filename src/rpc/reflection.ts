import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import type * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { abortable } from "./abortable.ts";
import { type DescriptorIndex, indexDescriptors, withImports } from "./descriptor-index.ts";

type Request = v1.ServerReflectionRequest | v1alpha.ServerReflectionRequest;

// What is common to the responses of both versions; their own types differ in the brands of nested messages.
type Answer =
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "errorResponse"; value: { errorCode: Code; errorMessage: string } };

/** Server reflection: one implementation for both versions of it, which differ in nothing but their name. */
export interface Reflection {
  readonly v1: ServiceImpl<typeof v1.ServerReflection>;
  readonly v1alpha: ServiceImpl<typeof v1alpha.ServerReflection>;
}

/**
 * Makes the reflection of the given services, and of further files whose messages travel inside of others. Those of
 * reflection itself belong among the services, so that clients see them.
 */
export function createReflection(services: readonly DescService[], files: readonly DescFile[] = []): Reflection {
  const answerer = createAnswerer(services, files);
  async function* answers<R extends Request>(requests: AsyncIterable<R>, { signal }: HandlerContext) {
    // As gRPC's own servers do, a stream tells an import once; only the file asked for is always told.
    const told = new Set<DescFile>();
    for await (const request of abortable(requests, signal)) {
      const messageResponse = answerer(request.messageRequest, told);
      yield { validHost: request.host, originalRequest: request, messageResponse };
    }
  }
  return { v1: { serverReflectionInfo: answers }, v1alpha: { serverReflectionInfo: answers } };
}

type Answerer = (query: Request["messageRequest"], told: Set<DescFile>) => Answer;

function createAnswerer(services: readonly DescService[], further: readonly DescFile[]): Answerer {
  const index = indexDescriptors([...services.map(({ file }) => file), ...further]);
  const names = services.map(({ typeName }) => typeName).sort();
  return (query, told) => {
    switch (query.case) {
      case "listServices":
        return { case: "listServicesResponse", value: { service: names.map((name) => ({ name })) } };
      case "fileByFilename":
        return files(index.files.get(query.value), `file "${query.value}"`, told);
      case "fileContainingSymbol":
        return files(index.symbols.get(query.value), `symbol "${query.value}"`, told);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = query.value;
        const file = index.extensions.get(containingType)?.get(extensionNumber);
        return files(file, `extension ${extensionNumber} of "${containingType}"`, told);
      }
      case "allExtensionNumbersOfType":
        return extensionNumbers(index, query.value);
      case undefined:
        return refusal(Code.InvalidArgument, "the request asks for nothing");
      default:
        return query satisfies never;
    }
  };
}

function files(file: DescFile | undefined, what: string, told: Set<DescFile>): Answer {
  if (file === undefined) {
    return refusal(Code.NotFound, `${what} is not known`);
  }
  const untold = withImports(file).filter((each) => each === file || !told.has(each));
  for (const each of untold) {
    told.add(each);
  }
  const fileDescriptorProto = untold.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function extensionNumbers(index: DescriptorIndex, baseTypeName: string): Answer {
  const extensions = index.extensions.get(baseTypeName);
  if (extensions === undefined) {
    return refusal(Code.NotFound, `message "${baseTypeName}" is not known`);
  }
  const extensionNumber = [...extensions.keys()].sort((a, b) => a - b);
  return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
}

function refusal(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
