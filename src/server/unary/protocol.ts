import type { IncomingHttpHeaders } from "node:http";
import type { Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { Output } from "./codec.ts";
import type { UnaryContext } from "./context.ts";
import type { Answer } from "./exchange.ts";
import type { UnaryProcedure } from "./procedure.ts";

/** Takes a request's body piece by piece. Both methods throw a ConnectError for what is no request. */
export interface MessageReader {
  push(chunk: Buffer): void;
  end(): Message;
}

/** One way of calling: a protocol with a codec. */
export interface UnaryProtocol {
  readonly name: "grpc" | "connect";
  /** Whether a request with these headers is one of this kind that needs nothing undone, such as compression. */
  takes(headers: IncomingHttpHeaders): boolean;
  /** The header that may say how much time the request leaves. */
  readonly timeoutHeader: string;
  /** That time, in milliseconds; undefined for no limit. Throws a ConnectError for a malformed one. */
  readTimeout(header: Headers): number | undefined;
  /** Throws a ConnectError for a body that announces itself as too long. */
  createReader(procedure: UnaryProcedure, headers: IncomingHttpHeaders, maxBytes: number): MessageReader;
  /** What the header and trailer of a response hold before the implementation adds to them. */
  responseHeader(requestHeaders: IncomingHttpHeaders): Readonly<Record<string, string>>;
  readonly responseTrailer: Readonly<Record<string, string>>;
  /** Answers with a message; takes a promise only to compress it. Throws a ConnectError if it can't be written. */
  answer(context: UnaryContext, procedure: UnaryProcedure, output: Output): Answer | Promise<Answer>;
  /** Answers with an error. Throws if its details are not of the types that they claim. */
  refuse(context: UnaryContext, error: ConnectError): Answer | Promise<Answer>;
}
