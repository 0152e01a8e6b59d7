import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { compressedFlag } from "@connectrpc/connect/protocol";
import type { MessageReader } from "./protocol.ts";
import { tooLarge } from "./too-large.ts";

/** gRPC's Length-Prefixed-Message: a byte of flags and four of the message's length (big-endian), then the message. */
export const prefixBytes = 5;

type Parse = (data: Buffer) => Message;

/**
 * Reads the one enveloped message that a unary gRPC request is. What is wrong is found at the same chunk as by
 * connect's own reader, and of several faults the same one is told.
 */
export class EnvelopeReader implements MessageReader {
  readonly #parse: Parse;
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #size = 0;
  /** The prefix of an envelope that has not arrived as a whole. */
  #prefix: Buffer | undefined;
  #message: Message | undefined;

  constructor(parse: Parse, maxBytes: number) {
    this.#parse = parse;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    const isWhole = chunk.length >= prefixBytes && prefixBytes + chunk.readUInt32BE(1) === chunk.length;
    if (isWhole && this.#size === 0 && this.#prefix === undefined) {
      this.#checkLength(chunk);
      this.#accept(chunk, chunk.subarray(prefixBytes));
      return;
    }
    this.#pieces.push(chunk);
    this.#size += chunk.length;
    for (const [prefix, data] of this.#takeEnvelopes()) {
      this.#accept(prefix, data);
    }
  }

  end(): Message {
    // An envelope of which no more than the prefix came goes unnoticed, by connect too.
    if (this.#size > 0) {
      throw new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument);
    }
    if (this.#message === undefined) {
      throw new ConnectError("protocol error: missing input message for unary method", Code.Unimplemented);
    }
    return this.#message;
  }

  #takeEnvelopes(): (readonly [prefix: Buffer, data: Buffer])[] {
    const envelopes: (readonly [Buffer, Buffer])[] = [];
    for (;;) {
      if (this.#prefix === undefined) {
        if (this.#size < prefixBytes) {
          return envelopes;
        }
        this.#prefix = this.#take(prefixBytes);
        this.#checkLength(this.#prefix);
      }
      const length = this.#prefix.readUInt32BE(1);
      if (this.#size < length) {
        return envelopes;
      }
      envelopes.push([this.#prefix, this.#take(length)]);
      this.#prefix = undefined;
    }
  }

  /** Takes bytes that are there; pieces are joined only then, so that tiny ones cost no more than big ones. */
  #take(length: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#pieces;
    const all = this.#pieces.length > 1 ? Buffer.concat(this.#pieces, this.#size) : first;
    this.#size -= length;
    this.#pieces = this.#size > 0 ? [all.subarray(length)] : [];
    return all.subarray(0, length);
  }

  #checkLength(prefix: Buffer): void {
    const length = prefix.readUInt32BE(1);
    if (length > this.#maxBytes) {
      throw tooLarge(this.#maxBytes, length);
    }
  }

  #accept(prefix: Buffer, data: Buffer): void {
    if (((prefix[0] ?? 0) & compressedFlag) !== 0) {
      const fault = "received compressed envelope, but do not know how to decompress";
      throw new ConnectError(fault, Code.Internal);
    }
    const message = this.#parse(data);
    if (this.#message !== undefined) {
      throw new ConnectError("protocol error: received extra input message for unary method", Code.Unimplemented);
    }
    this.#message = message;
  }
}
