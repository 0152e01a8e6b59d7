import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { OpenApiDocument } from "../../../src/transcoding/openapi/document.ts";

/** What of a document is not as the schema of OpenAPI says; nothing where all is well. */
export async function faultsOfDocument(document: OpenApiDocument): Promise<unknown> {
  // The validator resolves references in place.
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  return valid ? [] : errors;
}

/** Compiles a schema of the components of a document. */
export function compileSchema(document: OpenApiDocument, name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, ownProperties: true });
  addFormats.default(ajv);
  // Known to OpenAPI, not to the package of formats.
  ajv.addFormat("uint64", true);
  ajv.addSchema(document, "openapi");
  return ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
}
