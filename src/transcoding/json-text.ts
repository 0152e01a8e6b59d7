/** What is wrong with a JSON text beyond its grammar. */
export type JsonTextFault =
  | { readonly kind: "too-deep" }
  | { readonly kind: "duplicate-key"; readonly key: string }
  | { readonly kind: "malformed" };

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Looks through a JSON text for what `JSON.parse` lets pass: objects and arrays within one another to more than
 * `maxDepth` levels, and keys that an object has twice. Takes one pass and no recursion, whatever the text; tells
 * `malformed` only where it stumbles over it.
 */
export function checkJsonText(text: string, maxDepth: number): JsonTextFault | undefined {
  // The keys of each open object; null for an array.
  const open: (Set<string> | null)[] = [];
  let keys: Set<string> | null = null;
  let atKey = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === maxDepth) return { kind: "too-deep" };
      keys = code === OPEN_BRACE ? new Set() : null;
      open.push(keys);
      atKey = keys !== null;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
      keys = open.at(-1) ?? null;
      atKey = false;
    } else if (code === COMMA || code === COLON) {
      atKey = code === COMMA && keys !== null;
    } else if (code === QUOTE) {
      const end = endOfString(text, index);
      const fault = atKey && keys !== null ? addKey(keys, text.slice(index, end + 1)) : undefined;
      if (fault !== undefined) return fault;
      index = end;
    }
  }
  return undefined;
}

/** The index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index++;
  }
  return text.length;
}

function addKey(keys: Set<string>, quoted: string): JsonTextFault | undefined {
  const key = quoted.includes("\\") ? unquote(quoted) : quoted.slice(1, -1);
  if (key === undefined) return { kind: "malformed" };
  if (keys.has(key)) return { kind: "duplicate-key", key };
  keys.add(key);
  return undefined;
}

function unquote(quoted: string): string | undefined {
  try {
    const key: unknown = JSON.parse(quoted);
    return typeof key === "string" ? key : undefined;
  } catch {
    // A bad escape: `undefined` says so.
    return undefined;
  }
}
