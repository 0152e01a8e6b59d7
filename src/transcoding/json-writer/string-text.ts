/** What `JSON.stringify` escapes in a string; surrogates only where they are unpaired, which this leaves to it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The JSON text of a string, as `JSON.stringify` has it. */
export function quote(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** The same text in one piece: joined from parts, it would keep them, and be read part by part whenever it is sent. */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}
