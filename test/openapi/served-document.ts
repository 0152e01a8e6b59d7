import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenApiDocument } from "../../src/transcoding/openapi/document.ts";
import type { Operation } from "../../src/transcoding/openapi/openapi.ts";

/** An operation at its place in the document. */
export interface PlacedOperation {
  readonly path: string;
  /** In small letters. */
  readonly method: string;
  readonly operation: Operation;
}

/** The bytes of the document, as committed and as served. */
export const documentText = readFileSync(join(import.meta.dirname, "../../gen/openapi.json"), "utf8");

/** The document; parsed anew by whoever wants to change it. */
export const document: OpenApiDocument = JSON.parse(documentText);

/** All operations, in the order of the document. */
export const operations: readonly PlacedOperation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

/** The operation of a request: of those that fit, the one with the fewest variables in its path. */
export function findOperation(method: string, path: string): PlacedOperation | undefined {
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  const segments = path.split("/").map(decode);
  return operations
    .filter((candidate) => candidate.method === wanted && fits(candidate.path.split("/"), segments))
    .sort((a, b) => variables(a.path) - variables(b.path))[0];
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((piece, index) => (piece.startsWith("{") ? segments[index] !== "" : piece === segments[index]))
  );
}

function variables(path: string): number {
  return path.split("{").length;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A malformed escape is equal to no literal, and refused before there is an operation.
    return segment;
  }
}
