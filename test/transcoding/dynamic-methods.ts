import {
  create,
  createFileRegistry,
  type DescFile,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  type MethodDescriptorProtoSchema,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { file_google_api_annotations, http } from "../../gen/google/api/annotations_pb.ts";
import { type HttpRule, HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import {
  file_transcoding_v1_annotations,
  HttpStreamSchema,
  http_answer,
  http_stream,
} from "../../gen/transcoding/v1/annotations_pb.ts";
import { file_kinds } from "../gen/kinds_pb.ts";

/** A rule as the vectors write it. */
export interface RuleSpec {
  readonly id?: string;
  readonly method: string;
  readonly template: string;
  readonly body?: string;
  readonly response_body?: string;
  readonly additional_bindings?: readonly RuleSpec[];
  readonly stream?: "client" | "server" | "bidi";
  /** The `http_answer` option of the method. */
  readonly answer?: { readonly status?: number; readonly location?: string };
  /** The `http_stream` option of the method. */
  readonly httpStream?: { readonly eventId?: string; readonly lastEventId?: string };
}

const STANDARD_METHODS = ["get", "put", "post", "delete", "patch"] as const;

/**
 * One method for each rule, named `M0`, `M1` and so on. They take and return the message, or, without one, each a
 * message of its own that has a string field for every variable of its template.
 */
export function createMethods(rules: readonly RuleSpec[], message?: string): readonly DescMethod[] {
  const dependencies = [file_google_api_annotations, file_transcoding_v1_annotations, file_kinds];
  const file = create(FileDescriptorProtoSchema, {
    name: "dynamic.proto",
    package: "dynamic.v1",
    syntax: "proto3",
    dependency: dependencies.map(({ proto }) => proto.name),
    messageType:
      message === undefined
        ? rules.map((rule, index) => createMessage("dynamic.v1", `R${index}`, fieldPaths(rule)))
        : [],
    service: [
      {
        name: "DynamicService",
        method: rules.map((rule, index) => createMethod(rule, index, message ?? `dynamic.v1.R${index}`)),
      },
    ],
  });
  const files = new Map(dependencies.flatMap(withDependencies).map((known) => [known.proto.name, known]));
  const registry = createFileRegistry(file, (name) => files.get(name));
  // The file has just been given this service.
  return (registry.getService("dynamic.v1.DynamicService") as DescService).methods;
}

function withDependencies(file: DescFile): DescFile[] {
  return [file, ...file.dependencies.flatMap(withDependencies)];
}

function createMethod(
  rule: RuleSpec,
  index: number,
  message: string,
): MessageInitShape<typeof MethodDescriptorProtoSchema> {
  const options = create(MethodOptionsSchema);
  setExtension(options, http, createRule(rule));
  if (rule.answer !== undefined) {
    setExtension(options, http_answer, {
      $typeName: "transcoding.v1.HttpAnswer",
      status: 0,
      location: "",
      ...rule.answer,
    });
  }
  if (rule.httpStream !== undefined) setExtension(options, http_stream, create(HttpStreamSchema, rule.httpStream));
  return {
    name: `M${index}`,
    inputType: `.${message}`,
    outputType: `.${message}`,
    clientStreaming: rule.stream === "client" || rule.stream === "bidi",
    serverStreaming: rule.stream === "server" || rule.stream === "bidi",
    options,
  };
}

function createRule(rule: RuleSpec): HttpRule {
  const standard = STANDARD_METHODS.find((method) => method.toUpperCase() === rule.method);
  return create(HttpRuleSchema, {
    pattern:
      standard === undefined
        ? { case: "custom", value: { kind: rule.method, path: rule.template } }
        : { case: standard, value: rule.template },
    body: rule.body ?? "",
    responseBody: rule.response_body ?? "",
    additionalBindings: rule.additional_bindings?.map(createRule) ?? [],
  });
}

function fieldPaths(rule: RuleSpec): string[][] {
  return [...rule.template.matchAll(/\{([A-Za-z_.]+)/g)].map((match) => (match[1] ?? "").split("."));
}

/** A message with a string field at the end of each path and messages on the way there. */
function createMessage(scope: string, name: string, paths: readonly (readonly string[])[]): DescriptorProto {
  const groups = Map.groupBy(paths, ([first = ""]) => first);
  const message = create(DescriptorProtoSchema, { name });
  for (const [fieldName, group] of groups) {
    const inner = group.map((path) => path.slice(1)).filter((path) => path.length > 0);
    const innerName = `${name}_${fieldName}`;
    if (inner.length > 0) message.nestedType.push(createMessage(`${scope}.${name}`, innerName, inner));
    message.field.push(
      create(FieldDescriptorProtoSchema, {
        name: fieldName,
        number: message.field.length + 1,
        label: FieldDescriptorProto_Label.OPTIONAL,
        ...(inner.length > 0
          ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.${scope}.${name}.${innerName}` }
          : { type: FieldDescriptorProto_Type.STRING }),
      }),
    );
  }
  return message;
}
