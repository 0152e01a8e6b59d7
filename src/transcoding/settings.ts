import { createRegistry, type DescFile, type DescMethod, type Registry } from "@bufbuild/protobuf";
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import type { Code, MethodImplSpec } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.ts";
import type { HttpRequest } from "./body.ts";
import type { JsonBodyOptions } from "./json-body.ts";
import type { AddedHeaders } from "./response.ts";

/** What a transcoder serves, and its limits. */
export interface TranscoderOptions {
  /**
   * Methods with their implementations; those without a `google.api.http` rule are left out. An object that a stream
   * has yielded must not be changed any more: it is written once, for all streams of the method that yield it.
   */
  readonly methods: Iterable<MethodImplSpec>;
  /** How many bytes a body may have, as it comes and after decompression. Default 4 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How many objects and arrays of a JSON body may be within one another. Default 100. */
  readonly maxJsonDepth?: number | undefined;
  /** The size in bytes from which answers are compressed. Default 1,024. */
  readonly compressMinBytes?: number | undefined;
  /** The longest timeout that a client may ask for. Default: any. */
  readonly maxTimeoutMs?: number | undefined;
  /** How long the client of a stream may take nothing before the stream is ended. Default 30,000. */
  readonly stalledStreamMs?: number | undefined;
  /** Ends streams when it aborts; unary calls are left to finish. */
  readonly shutdownSignal?: AbortSignal | undefined;
  /** Where the types of `google.protobuf.Any` and of error details are found. Default: the files of the methods. */
  readonly registry?: Registry | undefined;
  /**
   * Told of each request that is refused before it comes to a method, and says which headers its answer has besides its
   * own. What it throws is answered instead.
   */
  readonly onRefusal?: ((request: HttpRequest, code: Code) => AddedHeaders | undefined) | undefined;
  /** Told of every error that is answered as code 13; the client gets nothing of it but the request id. */
  readonly onUnexpectedError?: ((error: unknown, info: UnexpectedErrorInfo) => void) | undefined;
}

/** Where an unexpected error came from. */
export interface UnexpectedErrorInfo {
  /** The id that the client was given. */
  readonly requestId: string;
  readonly method: DescMethod;
}

/** The options, complete and checked. */
export interface Settings {
  readonly methods: readonly MethodImplSpec[];
  readonly maxBodyBytes: number;
  readonly jsonBody: JsonBodyOptions;
  readonly compressMinBytes: number;
  readonly maxTimeoutMs: number;
  readonly stalledStreamMs: number;
  readonly shutdownSignal: AbortSignal | undefined;
  readonly onRefusal: (request: HttpRequest, code: Code) => AddedHeaders | undefined;
  readonly onUnexpectedError: (error: unknown, info: UnexpectedErrorInfo) => void;
}

const KEYS: Readonly<Record<keyof TranscoderOptions, true>> = {
  methods: true,
  maxBodyBytes: true,
  maxJsonDepth: true,
  compressMinBytes: true,
  maxTimeoutMs: true,
  stalledStreamMs: true,
  shutdownSignal: true,
  registry: true,
  onRefusal: true,
  onUnexpectedError: true,
};

/** Types that an Any may hold whatever the methods import. */
const COMMON_FILES: readonly DescFile[] = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_google_rpc_error_details,
];

/** Checks the options and adds the defaults. Throws `TypeError` for an unknown key or a limit that is none. */
export function readOptions(options: TranscoderOptions): Settings {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(KEYS, key)) throw new TypeError(`unknown option "${key}"; use ${Object.keys(KEYS).join(", ")}`);
  }
  const methods = [...options.methods];
  const registry = options.registry ?? createDefaultRegistry(methods);
  return {
    methods,
    maxBodyBytes: readLimit("maxBodyBytes", options.maxBodyBytes, 4 * 1024 * 1024),
    jsonBody: { maxDepth: readLimit("maxJsonDepth", options.maxJsonDepth, 100), registry },
    compressMinBytes: readLimit("compressMinBytes", options.compressMinBytes, 1024),
    maxTimeoutMs: readLimit("maxTimeoutMs", options.maxTimeoutMs, Number.MAX_SAFE_INTEGER),
    stalledStreamMs: readLimit("stalledStreamMs", options.stalledStreamMs, 30_000),
    shutdownSignal: options.shutdownSignal,
    onRefusal: options.onRefusal ?? (() => undefined),
    onUnexpectedError: options.onUnexpectedError ?? (() => {}),
  };
}

function readLimit(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`option "${name}" is ${value}; use a whole number from 1`);
}

function createDefaultRegistry(methods: readonly MethodImplSpec[]): Registry {
  const files = new Set(COMMON_FILES);
  for (const { method } of methods) addFile(method.parent.file, files);
  return createRegistry(...files);
}

function addFile(file: DescFile, into: Set<DescFile>): void {
  if (into.has(file)) return;
  into.add(file);
  for (const dependency of file.dependencies) addFile(dependency, into);
}
