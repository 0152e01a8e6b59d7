import { isIPv4, isIPv6 } from "node:net";
import type { Request } from "./exchange.ts";

// RFC 3986, 3.2.2 and 3.2.3, without userinfo, which RFC 9110 has no place for:
//   authority  = host [ ":" *DIGIT ]
//   host       = "[" IPv6address "]" / IPv4address / reg-name
//   reg-name   = *( unreserved / pct-encoded / sub-delims )        (IPv4address is one, too)
const grammar = /^(?:\[([\dA-Fa-f:.]+)\]|(?:[\w\-.~!$&'()*+,;=]|%[\dA-Fa-f]{2})+)(?::\d*)?$/;
const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/i;

// Nearly every request of a server names the same authority, so the last one that passed is not looked at again.
let lastValid = "";

/** Whether this is a host and perhaps a port: RFC 3986 allows it, and a URL can be made with it. */
export function isAuthority(text: string): boolean {
  if (text === lastValid && text !== "") {
    return true;
  }
  const match = grammar.exec(text);
  const isValid = match !== null && (match[1] === undefined || isIPv6(match[1])) && URL.canParse(`http://${text}/`);
  if (isValid) {
    lastValid = text;
  }
  return isValid;
}

/** Whether requests may name this authority, which is a good one. */
export type IsAllowedHost = (authority: string) => boolean;

/**
 * Makes the check of names: those that are allowed, and besides them addresses and `localhost`, which a page of somebody
 * else can't have been loaded by. Undefined where every name is (`*`).
 */
export function createHostCheck(names: readonly string[]): IsAllowedHost | undefined {
  if (names.includes("*")) {
    return undefined;
  }
  const allowed = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  return (authority) => {
    const name = authority.replace(/:\d*$/, "").toLowerCase();
    return name.startsWith("[") || isIPv4(name) || allowed.has(name);
  };
}

/** The authority that the request names, or undefined where it names none (or an empty one). */
export function authorityOf(request: Request): string | undefined {
  return ("authority" in request ? request.authority : request.headers.host) || undefined;
}

/** Says what is wrong with the authority or the form of the target of a request, or undefined if they are fine. */
export function hostFault(request: Request): string | undefined {
  const host = request.headers.host;
  const authority = authorityOf(request);
  if (authority !== undefined && !isAuthority(authority)) {
    return "the host must be a name or an address, and perhaps a port";
  }
  if (request.httpVersionMajor === 2) {
    const agree = host === undefined || host.toLowerCase() === authority?.toLowerCase();
    return agree ? targetFault(request) : "Host and :authority must not differ";
  }
  if (host === undefined && request.httpVersion !== "1.0") {
    return "the Host header is missing";
  }
  return isHostRepeated(request.rawHeaders) ? "the Host header must not be repeated" : targetFault(request);
}

/**
 * Takes scheme and authority off a target in absolute form (RFC 9112, 3.2.2: that authority counts, the Host header
 * does not), so that every lane sees origin form.
 */
export function toOriginForm(request: Request): void {
  const match = request.url?.startsWith("/") ? null : absoluteForm.exec(request.url ?? "");
  const [, authority, rest] = match ?? [];
  const isHostMissing = request.headers.host === undefined && request.httpVersion !== "1.0";
  if (isHostMissing || authority === undefined || rest === undefined || !isAuthority(authority)) {
    return;
  }
  request.headers.host = authority;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
}

function targetFault({ method, url }: Request): string | undefined {
  const isFine = url?.startsWith("/") || (url === "*" && method === "OPTIONS");
  return isFine ? undefined : "the request target must be a path or an absolute http URL";
}

function isHostRepeated(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    count += name?.length === 4 && name.toLowerCase() === "host" ? 1 : 0;
  }
  return count > 1;
}
