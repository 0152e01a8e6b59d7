import type { DescMessage } from "@bufbuild/protobuf";
import { BadRequestSchema, RequestInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import type { Described } from "./comments.ts";
import type { Schema } from "./openapi.ts";
import { refer, type SchemaStore, SchemaWriter } from "./schema-writer.ts";

/** The name of the schema of errors. */
export const STATUS_NAME = "google.rpc.Status";

/** The details that the transcoder itself puts into errors. */
const DETAILS: readonly DescMessage[] = [BadRequestSchema, RequestInfoSchema];

/** The types of errors come as generated code, which has no comments; these are about what the transcoder puts there. */
const COMMENTS: ReadonlyMap<string, string> = new Map([
  ["google.rpc.Status", "An error."],
  ["google.rpc.Status.code", "The code of gRPC, such as 3 for INVALID_ARGUMENT."],
  ["google.rpc.Status.message", "What is wrong, for people. The words may change."],
  ["google.rpc.BadRequest", "What is wrong with a request, field by field."],
  ["google.rpc.BadRequest.FieldViolation", "What is wrong with a field."],
  ["google.rpc.BadRequest.FieldViolation.field", "The field in proto names, or the parameter or header."],
  ["google.rpc.BadRequest.FieldViolation.description", "What is wrong with it, or what would be accepted."],
  ["google.rpc.BadRequest.FieldViolation.reason", "A constant that says why, where there is one."],
  ["google.rpc.RequestInfo", "Names a request for those who can read the log."],
  ["google.rpc.RequestInfo.request_id", "The id under which the log has the cause."],
]);

/** Adds the schema of `google.rpc.Status`, with the details that are known beside those that are not. */
export function addStatusSchema({ schemas, nameOf }: SchemaStore): void {
  const store: SchemaStore = { schemas, nameOf, comments: commentOn };
  const writer = new SchemaWriter(store, "response");
  const { properties, ...status } = writer.object(StatusSchema);
  const urls = DETAILS.map(({ typeName }) => `type.googleapis.com/${typeName}`);
  const known = DETAILS.map((desc) => {
    const name = `${desc.typeName}-detail`;
    store.schemas.set(name, detail(desc, writer));
    return refer(name);
  });
  const other: Schema = {
    type: "object",
    description: "A detail of another type, which `@type` names.",
    required: ["@type"],
    properties: { "@type": { type: "string", not: { enum: urls } } },
    additionalProperties: true,
  };
  const details = {
    type: "array",
    description: "What a program may want to know.",
    items: { oneOf: [...known, other] },
  };
  // An object schema has its properties, see `SchemaWriter`.
  const fields = properties as Schema;
  store.schemas.set(STATUS_NAME, { ...status, properties: { ...fields, details } });
}

function commentOn(desc: Described): string {
  return COMMENTS.get("typeName" in desc ? desc.typeName : `${desc.parent.typeName}.${desc.name}`) ?? "";
}

function detail(desc: DescMessage, writer: SchemaWriter): Schema {
  const { required, properties, ...schema } = writer.object(desc);
  const type = { const: `type.googleapis.com/${desc.typeName}` };
  // Every field of these messages is implicit but for messages, so that both are there; see `SchemaWriter`.
  return {
    ...schema,
    required: ["@type", ...((required ?? []) as string[])],
    properties: { "@type": type, ...(properties as Schema) },
  };
}
