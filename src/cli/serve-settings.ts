import { availableParallelism } from "node:os";
import { edgeSettings } from "./edge-settings.ts";
import { jwtSettings } from "./jwt-settings.ts";
import { limitSettings } from "./limit-settings.ts";
import type { Settings } from "./setting.ts";
import {
  accessLogging,
  addressOrNone,
  collector,
  listOf,
  nonEmpty,
  oneOf,
  onOrOff,
  optional,
  origin,
  ratio,
  retention,
  wholeNumber,
} from "./setting-values.ts";

const maxWorkers = 256;
// What references of the memory map can tell apart is more, but nobody has tried it.
const maxResidentOrgs = 10_000_000;
const workerCount = wholeNumber(1, maxWorkers, ", or auto");

/** The database, of whatever command works on one. */
export const databaseFile = {
  flag: "db",
  env: "ORGFLAGS_DB",
  placeholder: "FILE",
  fallback: "./data/orgflags.db",
  help: "SQLite database; made, with its folder, where it is missing",
  read: nonEmpty("a file name"),
} as const;

/** All settings of `serve`, by the names that they have in the app's configuration, or that `appConfigOf` knows. */
export const serveSettings = {
  port: {
    flag: "port",
    env: "ORGFLAGS_PORT",
    placeholder: "PORT",
    fallback: "8080",
    help: "TCP port to listen on; 0 picks a free one",
    read: wholeNumber(0, 65_535),
  },
  host: {
    flag: "host",
    env: "ORGFLAGS_HOST",
    placeholder: "HOST",
    fallback: "127.0.0.1",
    help: "address to listen on; beyond this machine with --auth, or behind something that authenticates",
    read: nonEmpty("a host name"),
  },
  databaseFile,
  catalogue: {
    flag: "catalogue",
    env: "ORGFLAGS_CATALOGUE",
    placeholder: "strict|open",
    fallback: "open",
    help: "what a write to a feature outside the catalogue does: is refused (strict), or adds the feature (open)",
    read: oneOf("strict", "open"),
  },
  maxResidentOrganisations: {
    flag: "max-resident-orgs",
    env: "ORGFLAGS_MAX_RESIDENT_ORGS",
    placeholder: "N",
    fallback: "100000",
    help: "how many organisations each server process keeps in memory; past it the least recently used go",
    read: wholeNumber(1, maxResidentOrgs),
  },
  workers: {
    flag: "workers",
    env: "ORGFLAGS_WORKERS",
    placeholder: "N|auto",
    fallback: "1",
    help: "server processes on the one port and file; auto is one for each core",
    read: (text: string) => (text === "auto" ? availableParallelism() : workerCount(text)),
  },
  corsOrigins: {
    flag: "cors-origins",
    env: "ORGFLAGS_CORS_ORIGINS",
    placeholder: "LIST",
    fallback: "*",
    help: "origins whose web pages may read and write, separated by commas (https://app.example); with * every one may read",
    read: listOf(origin),
  },
  historyRetention: {
    flag: "history-retention",
    env: "ORGFLAGS_HISTORY_RETENTION",
    placeholder: "LIMITS",
    fallback: "all",
    help: "which changes are kept: all, those of a time (30d, 12h), so many (1000000), or what both allow (30d,1000000)",
    read: retention,
  },
  orgFrom: {
    flag: "org-from",
    env: "ORGFLAGS_ORG_FROM",
    placeholder: "targeting-key|org-id",
    fallback: "targeting-key",
    help: "what of an OpenFeature context names the organisation: the targeting key, or the attribute org_id; else the other",
    read: oneOf("targeting-key", "org-id"),
  },
  auth: {
    flag: "auth",
    env: "ORGFLAGS_AUTH",
    placeholder: "public|public-read|required",
    fallback: "public",
    help: "who has to show a token: nobody (public), who writes (public-read), or everybody (required)",
    read: oneOf("public", "public-read", "required"),
  },
  ...jwtSettings,
  demo: {
    flag: "demo",
    env: "ORGFLAGS_DEMO",
    fallback: "false",
    help: "fill a database that nobody wrote to yet with the organisations of the API document",
    read: onOrOff,
  },
  adminAddress: {
    flag: "admin-address",
    env: "ORGFLAGS_ADMIN_ADDRESS",
    placeholder: "HOST:PORT",
    fallback: "",
    help: "address of its own for /metrics, /healthz and /readyz, open to whoever reaches it; /metrics is then nowhere else",
    read: addressOrNone,
  },
  accessLog: {
    flag: "access-log",
    env: "ORGFLAGS_ACCESS_LOG",
    placeholder: "none|writes|sampled:N|all",
    fallback: "writes",
    help: "which calls are logged: none, errors and writes, one in N of the others besides, or all",
    read: accessLogging,
  },
  otlpEndpoint: {
    flag: "otlp-endpoint",
    env: "ORGFLAGS_OTLP_ENDPOINT",
    alsoEnv: "OTEL_EXPORTER_OTLP_ENDPOINT",
    placeholder: "URL",
    fallback: "",
    help: "collector that takes OpenTelemetry's traces by OTLP over HTTP, such as http://127.0.0.1:4318; without it there are none",
    read: optional(collector),
  },
  traceSample: {
    flag: "trace-sample",
    env: "ORGFLAGS_TRACE_SAMPLE",
    placeholder: "RATIO",
    fallback: "1",
    help: "which part of the calls is traced whose callers do not say (traceparent), from 0 to 1",
    read: ratio,
  },
  logLevel: {
    flag: "log-level",
    env: "ORGFLAGS_LOG_LEVEL",
    placeholder: "debug|info|warn|error|silent",
    fallback: "info",
    help: "from which level on the log has lines",
    read: oneOf("debug", "info", "warn", "error", "silent"),
  },
  ...edgeSettings,
  ...limitSettings,
} as const satisfies Settings;
