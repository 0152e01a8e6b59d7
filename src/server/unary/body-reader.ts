import type { IncomingHttpHeaders } from "node:http";
import type { Message } from "@bufbuild/protobuf";
import type { MessageReader } from "./protocol.ts";
import { tooLarge } from "./too-large.ts";

/** Reads the message that the body of a Connect request is. */
export class BodyReader implements MessageReader {
  readonly #parse: (data: Buffer) => Message;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** Throws a ConnectError for a length over the limit that the headers announce. */
  constructor(parse: (data: Buffer) => Message, headers: IncomingHttpHeaders, maxBytes: number) {
    const length = Number(headers["content-length"] ?? 0);
    if (length > maxBytes) {
      throw tooLarge(maxBytes, length);
    }
    this.#parse = parse;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      throw tooLarge(this.#maxBytes);
    }
    this.#chunks.push(chunk);
  }

  end(): Message {
    const [first = Buffer.alloc(0), second] = this.#chunks;
    return this.#parse(second === undefined ? first : Buffer.concat(this.#chunks, this.#size));
  }
}
