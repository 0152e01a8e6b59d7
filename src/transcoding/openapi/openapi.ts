import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = JsonObject;

/** A reference to a part of the same document. */
export type Reference = { $ref: string };

/** A variable of the path, a parameter of the query string, or a header. */
export type Parameter = {
  name: string;
  in: "path" | "query" | "header";
  description?: string;
  required?: boolean;
  style?: "form" | "deepObject";
  explode?: boolean;
  schema: Schema;
  example?: JsonValue;
};

/** What a body of one media type holds. */
export type MediaType = { schema: Schema; example?: JsonValue };

/** The body of a request. */
export type RequestBody = { description?: string; required: boolean; content: { [mediaType: string]: MediaType } };

/** A header of an answer. */
export type Header = { description: string; required: boolean; schema: Schema };

/** An answer of one status. */
export type Response = {
  description: string;
  headers?: { [name: string]: Reference };
  content?: { [mediaType: string]: MediaType };
};

/** A way to call a method. */
export type Operation = {
  operationId: string;
  tags: string[];
  summary?: string;
  description?: string;
  deprecated?: true;
  parameters?: Parameter[];
  requestBody?: RequestBody;
  responses: { [status: string]: Response | Reference };
};

/** The methods of HTTP that OpenAPI 3.1 has a place for. */
export type OperationMethod = "get" | "put" | "post" | "delete" | "patch" | "options" | "head" | "trace";

/** The operations of one path. */
export type PathItem = { [Method in OperationMethod]?: Operation };

/** What the document says of the API as a whole. */
export type Info = {
  title: string;
  version: string;
  summary?: string;
  description?: string;
  license?: { name: string; identifier?: string };
};

/** A service. */
export type Tag = { name: string; description?: string };

/** A way in which callers say who they are. */
export type SecurityScheme = { type: "http"; scheme: "bearer" };

/** An OpenAPI 3.1 document, as far as this generator fills one. */
export type OpenApiDocument = {
  openapi: "3.1.1";
  info: Info;
  servers?: { url: string; description?: string }[];
  tags: Tag[];
  security?: { [scheme: string]: string[] }[];
  paths: { [path: string]: PathItem };
  components: {
    schemas: { [name: string]: Schema };
    responses: { [name: string]: Response };
    headers: { [name: string]: Header };
    securitySchemes?: { [name: string]: SecurityScheme };
  };
  /** Routes that OpenAPI 3.1 cannot express, such as `LOCK /v1/{name}`. */
  "x-routes-left-out"?: string[];
};
