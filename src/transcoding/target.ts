import { isPlain, percentDecode } from "./percent.ts";

const SCHEME_AND_AUTHORITY = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/;

/** The segments of a path, as they came and decoded; both lists have the same length. */
export interface Path {
  readonly raw: readonly string[];
  readonly decoded: readonly string[];
}

/** What a request target says, or why no rule can match it. */
export type Target =
  | { readonly kind: "target"; readonly path: Path; readonly query: string }
  | { readonly kind: "no-path" }
  | { readonly kind: "malformed"; readonly segment: string };

/**
 * Splits a raw request target: everything before the first `?`, then by `/`. `no-path` where the path does not begin
 * with `/` or has an empty segment, `malformed` where a segment has a bad escape or is not UTF-8.
 */
export function parseTarget(raw: string): Target {
  const target = raw.startsWith("/") ? raw : raw.replace(SCHEME_AND_AUTHORITY, "");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const segments = splitPath(path);
  if (segments === undefined) return { kind: "no-path" };
  const decoded = isPlain(path) ? segments : decodeSegments(segments);
  if (typeof decoded === "string") return { kind: "malformed", segment: decoded };
  return { kind: "target", path: { raw: segments, decoded }, query: mark < 0 ? "" : target.slice(mark + 1) };
}

/** The segments; `undefined` where the path does not begin with `/`, or one is empty. Quicker than `String.split`. */
function splitPath(path: string): string[] | undefined {
  if (!path.startsWith("/")) return undefined;
  const segments: string[] = [];
  for (let start = 1; start <= path.length; ) {
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    if (end === start) return undefined;
    segments.push(path.slice(start, end));
    start = end + 1;
  }
  return segments;
}

/** Decodes each segment, or gives the first that cannot be. */
function decodeSegments(segments: readonly string[]): string[] | string {
  const decoded: string[] = [];
  for (const segment of segments) {
    const text = percentDecode(segment);
    if (text === undefined) return segment;
    decoded.push(text);
  }
  return decoded;
}
