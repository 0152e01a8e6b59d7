import type { OutgoingHttpHeaders } from "node:http";

// RFC 9110, 7.6.1, and RFC 9113, 8.2.2: HTTP/2 has no such headers, and with HTTP/1 they are not an implementation's.
const ofConnection = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Headers as the platform sends them, but for those that concern the connection. */
export function toNodeHeaders(headers: Headers): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = {};
  for (const [name, value] of headers) {
    if (!ofConnection.has(name)) {
      sent[name] = name === "set-cookie" ? headers.getSetCookie() : value;
    }
  }
  return sent;
}

/** The headers, which are in the order of their names, with further ones in their places: the order of `Headers`. */
export function addInOrder(
  headers: OutgoingHttpHeaders,
  added: Iterable<readonly [name: string, value: string]>,
): OutgoingHttpHeaders {
  let sent: OutgoingHttpHeaders = { ...headers };
  for (const [name, value] of added) {
    const isLast = !Object.keys(sent).some((other) => other >= name);
    sent[name] = value;
    if (!isLast) {
      sent = Object.fromEntries(Object.entries(sent).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
  }
  return sent;
}
