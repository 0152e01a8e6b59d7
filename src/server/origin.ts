/** Whether this is a web origin as browsers send it: scheme, host and port, and nothing else. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && text !== "null" && !text.includes("*");
}
