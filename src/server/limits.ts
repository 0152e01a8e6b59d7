/** What one client may ask of the server. Times are in milliseconds, sizes in bytes. */
export interface Limits {
  /** Connections at one time; further ones are closed at once. */
  readonly maxConnections: number;
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
  /** The head of a request, and a request message. */
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  /** Requests at one time on one HTTP/2 connection. */
  readonly maxConcurrentStreams: number;
  /** How often the files of TLS are looked at. */
  readonly tlsReloadMs: number;
}

/** Limits that no honest client of this API comes near. */
export const defaultLimits: Limits = {
  maxConnections: 10_000,
  detectionTimeoutMs: 10_000,
  drainGraceMs: 1000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  stalledStreamMs: 30_000,
  maxHeaderBytes: 16 * 1024,
  maxBodyBytes: 1024 * 1024,
  maxConcurrentStreams: 256,
  tlsReloadMs: 1000,
};
