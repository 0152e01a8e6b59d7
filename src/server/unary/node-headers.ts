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
