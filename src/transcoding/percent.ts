const SPECIAL = /[%\u0080-\uffff]/;
const RAW_BYTE = /[\u0080-\u00ff]/g;
const ESCAPED_SLASH = /(%2[Ff])/;
const RESERVED_IN_COMPONENTS = /[!'()*]/g;

/** Whether a raw piece of a request target is its own decoded text. */
export function isPlain(raw: string): boolean {
  return !SPECIAL.test(raw);
}

/**
 * Decodes the escapes of a raw piece of a request target, or gives `undefined` if an escape is malformed or the bytes
 * are not UTF-8. Node hands over bytes beyond ASCII as one character each; they are decoded like escapes.
 */
export function percentDecode(raw: string): string | undefined {
  if (isPlain(raw)) return raw;
  try {
    return decodeURIComponent(raw.replace(RAW_BYTE, escapeCharacter));
  } catch {
    // The only error of decodeURIComponent says what `undefined` says.
    return undefined;
  }
}

/** Decodes like `percentDecode`, but leaves `%2F` and `%2f` as they came. */
export function percentDecodeExceptSlash(raw: string): string | undefined {
  if (isPlain(raw)) return raw;
  let text = "";
  for (const [index, piece] of raw.split(ESCAPED_SLASH).entries()) {
    // The pattern captures, so every second piece is an escaped slash.
    const decoded = index % 2 === 1 ? piece : percentDecode(piece);
    if (decoded === undefined) return undefined;
    text += decoded;
  }
  return text;
}

/** Escapes everything but letters, digits and `-._~`, so that the text is one path segment. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(RESERVED_IN_COMPONENTS, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
