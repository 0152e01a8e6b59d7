import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ContextValues, createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { certificateNameOf } from "./certificate-name.ts";

/** Who is at the other end of a call's connection. */
export interface Peer {
  /** The IP address; empty where the connection was gone before anybody asked. */
  readonly address: string;
  /** The name in the client's certificate, where it showed one that could be verified. */
  readonly certificateName: string | undefined;
}

/** What a request tells of its connection: a socket, or what passes its properties on, as HTTP/2 has it. */
export interface Connected {
  readonly socket: Socket | undefined;
}

/** A socket on which its peer is noted. HTTP/2 shows its sockets by other objects, which pass on this property, too. */
interface Noted {
  [peerKey]?: Peer;
}

const peerKey = Symbol("peer");
const requestKey = createContextKey<Connected | undefined>(undefined, { description: "the request" });
const nobody: Peer = Object.freeze({ address: "", certificateName: undefined });
const mappedIpv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Who makes a call, by whatever lane it came. */
export function peerOf(context: HandlerContext): Peer {
  return peerOfRequest(isConnected(context) ? context : (context.values.get(requestKey) ?? { socket: undefined }));
}

/** Who makes a request that is no call. It is found out once for each connection. */
export function peerOfRequest({ socket }: Connected): Peer {
  if (socket === undefined) {
    return nobody;
  }
  const noted = socket as Socket & Noted;
  return noted[peerKey] ?? note(noted);
}

/** The values for the context of a call whose lane can't tell the connection otherwise. */
export function valuesOfRequest(request: Connected): ContextValues {
  return createContextValues().set(requestKey, request);
}

function note(socket: Socket & Noted): Peer {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) {
    return nobody;
  }
  const address = mappedIpv4.exec(remoteAddress)?.[1] ?? remoteAddress;
  const peer: Peer = Object.freeze({ address, certificateName: certificateNameOn(socket) });
  socket[peerKey] = peer;
  return peer;
}

function certificateNameOn(socket: Socket): string | undefined {
  // Whether it is one of TLS is looked at first.
  const { encrypted, authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  // No certificate at all is an empty object, or none.
  return encrypted && authorized ? certificateNameOf(getPeerCertificate?.call(socket) ?? {}) : undefined;
}

/** The contexts of our own lanes know their connection. */
function isConnected(context: HandlerContext): context is HandlerContext & Connected {
  return "socket" in context;
}
