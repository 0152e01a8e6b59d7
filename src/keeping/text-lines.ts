import { LineFault } from "./line-fault.ts";

// Far more than any line of an export has.
const maxLineBytes = 65_536;
const newline = 0x0a;

/** A line of a text, with its number from 1. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
}

/** Reads the lines of a text in UTF-8, without their ends; throws LineFault where one is too long, or no such text. */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let number = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline, from)) {
      yield { number, text: decoded(decoder, rest.subarray(from, end), number) };
      [number, from] = [number + 1, end + 1];
    }
    rest = rest.subarray(from);
    requireShort(rest, number);
  }
  if (rest.length > 0) {
    yield { number, text: decoded(decoder, rest, number) };
  }
}

function decoded(decoder: TextDecoder, bytes: Buffer, number: number): string {
  requireShort(bytes, number);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new LineFault(number, "must be UTF-8");
  }
}

function requireShort(bytes: Buffer, number: number): void {
  if (bytes.length > maxLineBytes) {
    throw new LineFault(number, `must have at most ${maxLineBytes.toLocaleString("en")} bytes`);
  }
}
