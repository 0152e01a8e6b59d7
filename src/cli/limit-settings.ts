import { byteSize, rate, shortTime, wholeRate } from "./limit-values.ts";
import type { Settings } from "./setting.ts";
import { wholeNumber } from "./setting-values.ts";

const kib = 1024;
const mib = 1024 ** 2;
const most = 1_000_000;

/** The limits of the server, by the names that they have there; each is far from what an honest client needs. */
export const limitSettings = {
  maxConnections: {
    flag: "max-connections",
    env: "ORGFLAGS_MAX_CONNECTIONS",
    placeholder: "N",
    fallback: "10000",
    help: "connections at one time, of each server process; further ones are closed at once",
    read: wholeNumber(1, most),
  },
  maxConnectionsPerAddress: {
    flag: "max-connections-per-address",
    env: "ORGFLAGS_MAX_CONNECTIONS_PER_ADDRESS",
    placeholder: "N",
    fallback: "5000",
    help: "the same, of one address (of IPv6, one /64 network); trusted proxies are free of it",
    read: wholeNumber(1, most),
  },
  maxConcurrentStreams: {
    flag: "max-streams",
    env: "ORGFLAGS_MAX_STREAMS",
    placeholder: "N",
    fallback: "256",
    help: "requests at one time on one connection; further ones are refused streams, over HTTP/1.1 not read yet",
    read: wholeNumber(1, most),
  },
  maxHeaderBytes: {
    flag: "max-header-bytes",
    env: "ORGFLAGS_MAX_HEADER_BYTES",
    placeholder: "BYTES",
    fallback: "16KiB",
    help: "the head of a request",
    read: byteSize(kib, mib),
  },
  maxHeaders: {
    flag: "max-headers",
    env: "ORGFLAGS_MAX_HEADERS",
    placeholder: "N",
    fallback: "128",
    help: "header fields of a request",
    read: wholeNumber(8, 2000),
  },
  maxBodyBytes: {
    flag: "max-body-bytes",
    env: "ORGFLAGS_MAX_BODY_BYTES",
    placeholder: "BYTES",
    fallback: "1MiB",
    help: "a request message, as it comes and after decompression",
    read: byteSize(kib, 64 * mib),
  },
  maxJsonDepth: {
    flag: "max-json-depth",
    env: "ORGFLAGS_MAX_JSON_DEPTH",
    placeholder: "N",
    fallback: "100",
    help: "objects and arrays within one another in a JSON body of REST",
    read: wholeNumber(4, 1000),
  },
  maxWaitingWrites: {
    flag: "max-waiting-writes",
    env: "ORGFLAGS_MAX_WAITING_WRITES",
    placeholder: "N",
    fallback: "10000",
    help: "writes that wait for the disk, of each server process",
    read: wholeNumber(1, most),
  },
  detectionTimeoutMs: {
    flag: "detection-timeout",
    env: "ORGFLAGS_DETECTION_TIMEOUT",
    placeholder: "TIME",
    fallback: "10s",
    help: "how long a new connection may take for the handshake of TLS, and then to show its protocol",
    read: shortTime,
  },
  headersTimeoutMs: {
    flag: "headers-timeout",
    env: "ORGFLAGS_HEADERS_TIMEOUT",
    placeholder: "TIME",
    fallback: "10s",
    help: "how long the head of an HTTP/1 request may take to arrive",
    read: shortTime,
  },
  requestTimeoutMs: {
    flag: "request-timeout",
    env: "ORGFLAGS_REQUEST_TIMEOUT",
    placeholder: "TIME",
    fallback: "30s",
    help: "how long a whole request may take to arrive; streams of requests are free of it",
    read: shortTime,
  },
  idleTimeoutMs: {
    flag: "idle-timeout",
    env: "ORGFLAGS_IDLE_TIMEOUT",
    placeholder: "TIME",
    fallback: "2m",
    help: "how long a connection without requests stays open",
    read: shortTime,
  },
  stalledStreamMs: {
    flag: "stalled-timeout",
    env: "ORGFLAGS_STALLED_TIMEOUT",
    placeholder: "TIME",
    fallback: "30s",
    help: "how long a client may take nothing of an answer",
    read: shortTime,
  },
  http2Resets: {
    flag: "http2-resets",
    env: "ORGFLAGS_HTTP2_RESETS",
    placeholder: "RATE",
    fallback: "33/s:1000",
    help: "requests that the client of one HTTP/2 connection resets; past it the connection ends",
    read: wholeRate,
  },
  http2ControlFrames: {
    flag: "http2-control-frames",
    env: "ORGFLAGS_HTTP2_CONTROL_FRAMES",
    placeholder: "RATE",
    fallback: "10000/s",
    help: "pings and settings that the client of one HTTP/2 connection sends; past it the connection ends",
    read: rate,
  },
  http2InvalidFrames: {
    flag: "http2-invalid-frames",
    env: "ORGFLAGS_HTTP2_INVALID_FRAMES",
    placeholder: "N",
    fallback: "100",
    help: "frames on one connection that HTTP/2 does not allow, and requests too many; past it the connection ends",
    read: wholeNumber(1, most),
  },
} as const satisfies Settings;
