import type { Rate } from "../rpc/rate-limiter.ts";

/** What one client may ask of the server. Times are in milliseconds, sizes in bytes. */
export interface Limits {
  /** Connections at one time; further ones are closed at once. */
  readonly maxConnections: number;
  /** The same, of one address (of IPv6, one /64 network). Trusted proxies are free of it. */
  readonly maxConnectionsPerAddress: number;
  /** How long a connection may take to show which protocol it speaks, and before that for the handshake of TLS. */
  readonly detectionTimeoutMs: number;
  /** The same, once the server drains. */
  readonly drainGraceMs: number;
  /** How long the head of an HTTP/1 request may take. */
  readonly headersTimeoutMs: number;
  /** How long a whole request may take to arrive; streams of requests are free of it. */
  readonly requestTimeoutMs: number;
  /** How long a connection without requests stays open. */
  readonly idleTimeoutMs: number;
  /** How long a client may take nothing of an answer, and as much for each whole 64 KiB that wait from the second on. */
  readonly stalledStreamMs: number;
  /** The head of a request, and the fields in it. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  /** A request message, as it comes and after decompression. */
  readonly maxBodyBytes: number;
  /** Objects and arrays within one another in a JSON body of REST. */
  readonly maxJsonDepth: number;
  /** Requests at one time on one connection. */
  readonly maxConcurrentStreams: number;
  /** Requests that the client of an HTTP/2 connection resets. */
  readonly http2Resets: Rate;
  /** Pings and settings that the client of an HTTP/2 connection sends. */
  readonly http2ControlFrames: Rate;
  /** Frames that HTTP/2 does not allow, on one connection; requests that were refused for being too many among them. */
  readonly http2InvalidFrames: number;
  /** How often the files of TLS are looked at. */
  readonly tlsReloadMs: number;
}

/** Limits that no honest client of this API comes near. */
export const defaultLimits: Limits = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: 5000,
  detectionTimeoutMs: 10_000,
  drainGraceMs: 1000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  stalledStreamMs: 30_000,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 128,
  maxBodyBytes: 1024 * 1024,
  maxJsonDepth: 100,
  maxConcurrentStreams: 256,
  http2Resets: { perSecond: 33, burst: 1000 },
  // Some clients ping with whatever data they get, to find out how fast the way is.
  http2ControlFrames: { perSecond: 10_000, burst: 10_000 },
  http2InvalidFrames: 100,
  tlsReloadMs: 1000,
};
