import type { IncomingHttpHeaders } from "node:http";
import { isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ContextValues, createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { requestHeader } from "./call-headers.ts";
import { certificateNameOf } from "./certificate-name.ts";

/** Who makes a request. */
export interface Peer {
  /**
   * The IP address at the other end of the connection, or the one that a trusted proxy there tells of; empty where the
   * connection was gone before anybody asked.
   */
  readonly address: string;
  /** The name in the certificate that was shown on the connection, where it could be verified. */
  readonly certificateName: string | undefined;
}

/** A request, and what it tells of its connection: a socket, or what passes its properties on, as HTTP/2 has it. */
export interface Connected {
  readonly socket: Socket | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A socket on which is noted what is known. HTTP/2 shows its sockets by other objects, which pass these on, too. */
interface Noted {
  [peerKey]?: Peer;
  [proxiesKey]?: IsTrusted;
}

type IsTrusted = (address: string) => boolean;

const peerKey = Symbol("peer");
const proxiesKey = Symbol("proxies");
const requestKey = createContextKey<Connected | undefined>(undefined, { description: "the request" });
const nobody: Peer = Object.freeze({ address: "", certificateName: undefined });
const forwardedKey = "x-forwarded-for";
// Some proxies tell the port, too: of IPv6 as in URLs, with the address in brackets.
const withPort = /^(?:\[(?<ipv6>[^\]]*:[^\]]*)\](?::\d{1,5})?|(?<ipv4>[^:]*):\d{1,5})$/;
const mappedIpv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Who makes a call, by whatever lane it came. */
export function peerOf(context: HandlerContext): Peer {
  const socket = isConnected(context) ? context.socket : context.values.get(requestKey)?.socket;
  return peerOn(socket, () => requestHeader(context, forwardedKey));
}

/** Who makes a request that is no call. */
export function peerOfRequest({ socket, headers }: Connected): Peer {
  return peerOn(socket, () => headers[forwardedKey]?.toString());
}

/** The values for the context of a call whose lane can't tell the connection otherwise. */
export function valuesOfRequest(request: Connected): ContextValues {
  return createContextValues().set(requestKey, request);
}

/** Takes the word of who is at the other end for the addresses of its clients (`X-Forwarded-For`). */
export function trustProxy(socket: Socket & Noted, isTrusted: IsTrusted): void {
  socket[proxiesKey] = isTrusted;
}

/** An address as it is told: one of IPv4 that comes in the form of IPv6 in its own. */
export function plainAddress(address: string): string {
  return mappedIpv4.exec(address)?.[1] ?? address;
}

function peerOn(socket: (Socket & Noted) | undefined, forwarded: () => string | undefined): Peer {
  if (socket === undefined) {
    return nobody;
  }
  const peer = socket[peerKey] ?? note(socket);
  const isTrusted = socket[proxiesKey];
  return isTrusted === undefined ? peer : { ...peer, address: behind(peer.address, forwarded(), isTrusted) };
}

/** It is found out once for each connection. */
function note(socket: Socket & Noted): Peer {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) {
    return nobody;
  }
  const peer: Peer = Object.freeze({
    address: plainAddress(remoteAddress),
    certificateName: certificateNameOn(socket),
  });
  socket[peerKey] = peer;
  return peer;
}

/**
 * Each proxy adds the address that it was asked by at the end. The last one that is no trusted proxy's is as near to the
 * client as can be believed; what stands before it anybody may have written.
 */
function behind(address: string, forwarded = "", isTrusted: IsTrusted): string {
  let nearest = address;
  for (const text of forwarded.split(",").reverse()) {
    const next = plainAddress(withoutPort(text.trim()));
    if (isIP(next) === 0 || !isTrusted(nearest)) {
      break;
    }
    nearest = next;
  }
  return nearest;
}

function withoutPort(text: string): string {
  const { ipv4, ipv6 } = withPort.exec(text)?.groups ?? {};
  return ipv6 ?? ipv4 ?? text;
}

function certificateNameOn(socket: Socket): string | undefined {
  // Whether it is one of TLS is looked at first.
  const { encrypted, authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  // No certificate at all is an empty object, or none.
  return encrypted && authorized ? certificateNameOf(getPeerCertificate?.call(socket) ?? {}) : undefined;
}

/** The contexts of our own lanes know their connection. */
function isConnected(context: HandlerContext): context is HandlerContext & Pick<Connected, "socket"> {
  return "socket" in context;
}
