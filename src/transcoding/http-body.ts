import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type HttpBody, HttpBodySchema } from "../../gen/google/api/httpbody_pb.ts";
import { getField, setField } from "./message-fields.ts";

const OCTETS = "application/octet-stream";

/** Whether the message, or the field of it if one is given, is a `google.api.HttpBody`. */
export function isHttpBody(message: DescMessage, field: DescField | "*" | undefined): boolean {
  const desc =
    field === undefined || field === "*" ? message : field.fieldKind === "message" ? field.message : undefined;
  return desc?.typeName === HttpBodySchema.typeName;
}

/** The message whose `HttpBody`, itself or one field, is the raw body of a request. */
export function readHttpBody(
  message: DescMessage,
  field: DescField | "*",
  data: Uint8Array,
  contentType: string | undefined,
): Message {
  const body = create(HttpBodySchema, { contentType: contentType ?? OCTETS, data: new Uint8Array(data) });
  if (field === "*") return body;
  const root = create(message);
  setField(root, [field], body);
  return root;
}

/** The raw body of a response, and its content type. */
export function writeHttpBody(
  message: Message,
  field: DescField | undefined,
): { contentType: string; data: Uint8Array } {
  const value = field === undefined ? message : getField(message, [field]);
  // `isHttpBody` has been asked when the rule was read.
  const body = value as HttpBody | undefined;
  return { contentType: body?.contentType || OCTETS, data: body?.data ?? new Uint8Array() };
}
