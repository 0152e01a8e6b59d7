import { invalidArgument } from "./errors.ts";

/** Makes the token of the page that begins after a key. Clients take it as opaque. */
export function encodePageToken(lastKey: string): string {
  return Buffer.from(lastKey, "utf8").toString("base64url");
}

/**
 * Reads the key from a token; the empty token, of the first page, gives the empty key. `isKey` says whether a text can
 * be a key of this list at all.
 */
export function decodePageToken(field: string, token: string, isKey: (key: string) => boolean = () => true): string {
  const key = Buffer.from(token, "base64url").toString("utf8");
  if (encodePageToken(key) !== token || (key !== "" && !isKey(key))) {
    throw invalidArgument([{ field, description: "must be a next_page_token that this server answered, or absent" }]);
  }
  return key;
}
