import type { DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { type Rule, readRules } from "../rule.ts";
import { type Comments, describe } from "./comments.ts";
import { CommonHeaders } from "./common-headers.ts";
import { errorResponses, HEADERS, SECURITY_HEADERS } from "./errors.ts";
import type { Direction } from "./field-rules.ts";
import type { Info, OpenApiDocument, Tag } from "./openapi.ts";
import { createOperation } from "./operation.ts";
import { placeRules } from "./placement.ts";
import { collectTypes } from "./reachable.ts";
import { type SchemaStore, SchemaWriter } from "./schema-writer.ts";
import { addStatusSchema } from "./status-schema.ts";

export type { Comments, Described } from "./comments.ts";
export type { Info, OpenApiDocument } from "./openapi.ts";

/** What a document is made of. */
export interface OpenApiOptions {
  /** The services; methods without a `google.api.http` rule are left out. */
  readonly services: readonly DescService[];
  readonly info: Info;
  /** Where the API is served. Default: where the document is. */
  readonly servers?: readonly { readonly url: string; readonly description?: string }[];
  /** What the proto files say of their elements. Default: nothing, as generated code has no comments. */
  readonly comments?: Comments;
  /** How callers say who they are, where they have to: by a token of HTTP's Bearer scheme. Default: they never have to. */
  readonly security?: "bearer";
}

/**
 * Describes the REST form of the services. Throws `RuleError` for a rule that cannot be served, and an `Error` that
 * names the element for an option of `transcoding.v1` that makes no sense.
 */
export function createOpenApiDocument(options: OpenApiOptions): OpenApiDocument {
  const { services, info, servers, comments = () => "", security } = options;
  const isSecured = security !== undefined;
  const methods = services.flatMap((service) => service.methods);
  const rules = methods.map(readRules);
  const store = createStore(rules.flat(), comments);
  const request = new SchemaWriter(store, "request");
  const response = new SchemaWriter(store, "response");
  addStatusSchema(store);
  const headers = new CommonHeaders(services);
  const { placed, leftOut } = placeRules(rules);
  const paths: OpenApiDocument["paths"] = {};
  for (const place of placed) {
    const item = paths[place.path] ?? {};
    paths[place.path] = item;
    item[place.httpMethod] = createOperation(place, { comments, request, response, headers, isSecured });
  }
  return {
    openapi: "3.1.1",
    info,
    ...(servers !== undefined && { servers: servers.map((server) => ({ ...server })) }),
    tags: services.filter(({ methods }) => methods.some(hasRule)).map((service) => tagOf(service, comments)),
    // Whether a caller has to is for the server to say: an empty requirement is one way to meet them.
    ...(isSecured && { security: [{}, { [security]: [] }] }),
    paths,
    components: {
      schemas: Object.fromEntries([...store.schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: errorResponses(headers.references, isSecured),
      headers: { ...HEADERS, ...(isSecured && SECURITY_HEADERS), ...headers.components },
      ...(isSecured && { securitySchemes: { [security]: { type: "http", scheme: "bearer" } } }),
    },
    ...(leftOut.length > 0 && { "x-routes-left-out": leftOut }),
  };
}

/** A message that goes both ways has a schema for each, as they differ in what is required. */
function createStore(rules: readonly Rule[], comments: Comments): SchemaStore {
  const answered = collectTypes(rules.map(({ method }) => method.output));
  const nameOf = ({ typeName }: DescMessage, direction: Direction): string =>
    direction === "request" && answered.has(typeName) ? `${typeName}-request` : typeName;
  return { schemas: new Map(), comments, nameOf };
}

function tagOf(service: DescService, comments: Comments): Tag {
  return { name: service.name, ...describe(comments(service)) };
}

function hasRule(method: DescMethod): boolean {
  return readRules(method).length > 0;
}
