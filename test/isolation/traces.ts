/** What must not be found: words in any letters, and whole numbers of a range. */
export interface Secrets {
  readonly words: readonly string[];
  readonly numbers: { readonly from: number; readonly to: number };
}

/** Finds a trace of secrets in bytes, and says which; undefined where there is none. */
export function traceIn(bytes: Buffer, { words, numbers }: Secrets): string | undefined {
  const text = bytes.toString("latin1");
  const small = text.toLowerCase();
  const word = words.find((each) => small.includes(each) || base64Of(each).some((part) => text.includes(part)));
  return word ?? numberIn(text, numbers)?.toString() ?? varintIn(bytes, numbers)?.toString();
}

/** What every base64 of a text with the word has in it, wherever the word stands. */
function base64Of(word: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(word)]);
    // Six bits a character: those that the bytes around have a part in are left out.
    const [first, end] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((encoding) => bytes.toString(encoding).slice(first, end));
  });
}

function numberIn(text: string, { from, to }: Secrets["numbers"]): number | undefined {
  const found = [...text.matchAll(/(?<![\w.])\d{1,3}(?:,\d{3})+(?!\w)|(?<![\w.])\d+(?!\w)/g)];
  return found.map(([digits]) => Number(digits.replaceAll(",", ""))).find((number) => number >= from && number <= to);
}

/** As binary messages have numbers: seven bits a byte, the lowest first, all but the last with the eighth set. */
function varintIn(bytes: Buffer, { from, to }: Secrets["numbers"]): number | undefined {
  let [value, shift] = [0, 0];
  for (const byte of bytes) {
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte < 0x80) {
      if (value >= from && value <= to) {
        return value;
      }
      [value, shift] = [0, 0];
    }
  }
  return undefined;
}
