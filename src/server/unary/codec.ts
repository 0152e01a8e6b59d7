import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
  toJsonString,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import type { Body } from "./exchange.ts";
import { compileFlatReader, compileFlatWriter } from "./flat-binary.ts";
import { compileFlatJsonReader, compileFlatJsonWriter } from "./flat-json.ts";

/** What an implementation answers with. */
export type Output = MessageInitShape<DescMessage>;

/** The messages of a procedure in one form. Both methods throw ConnectErrors. */
export interface Codec {
  /** Parses a request of up to the limit. */
  parse(bytes: Buffer): Message;
  serialize(output: Output): Body;
}

// What connect allows where nothing is set: more than a message can have.
const writeMaxBytes = 0xffffffff;

/** Protobuf's binary form. */
export function binaryCodec(method: DescMethodUnary, readMaxBytes: number): Codec {
  const { getI, getO } = createMethodSerializationLookup(method, undefined, undefined, { readMaxBytes, writeMaxBytes });
  const read = compileFlatReader(method.input);
  const write = compileFlatWriter(method.output);
  return {
    parse: (bytes) => read?.(bytes) ?? getI(true).parse(bytes),
    serialize: (output) => write?.(output) ?? getO(true).serialize(create(method.output, output)),
  };
}

/** Protobuf's JSON form. */
export function jsonCodec(method: DescMethodUnary, readMaxBytes: number): Codec {
  const { getI } = createMethodSerializationLookup(method, undefined, undefined, { readMaxBytes, writeMaxBytes });
  const read = compileFlatJsonReader(method.input);
  const write = compileFlatJsonWriter(method.output);
  return {
    parse: (bytes) => read?.(bytes) ?? getI(false).parse(bytes),
    serialize: (output) => write?.(output) ?? toJson(method.output, output),
  };
}

function toJson(desc: DescMessage, output: Output): Body {
  const message = create(desc, output);
  try {
    const json = toJsonString(desc, message);
    return Buffer.byteLength(json) === json.length ? json : Buffer.from(json);
  } catch (error) {
    throw ConnectError.from(error, Code.Internal);
  }
}
