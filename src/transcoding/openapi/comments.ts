import type { DescEnum, DescEnumValue, DescField, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";

/** What the proto files can say something about. */
export type Described = DescService | DescMethod | DescMessage | DescField | DescEnum | DescEnumValue;

/** Gives the comment above an element of a proto file, `""` where there is none. Generated code has dropped them. */
export type Comments = (desc: Described) => string;

/** A comment as an operation shows it: its first sentence as plain text, and what follows as Markdown. */
export interface SplitComment {
  readonly summary: string;
  readonly description: string;
}

/** A line that goes on with the paragraph or list item before it: neither empty nor the start of a block of Markdown. */
const CONTINUATION = /(?<=\S)\n {0,3}(?!\n|[ \t]|[-*+] |[0-9]+\. |[|#>]|```)/g;

/**
 * The text of a comment as the compiler gives it: without the space that follows the slashes of each line, and with
 * whole paragraphs on one line, as some viewers take every line break for one that is meant.
 */
export function trimComment(comment: string): string {
  const lines = comment.replace(/^ /gm, "").replace(/[ \t]+$/gm, "");
  return lines.trim().replace(CONTINUATION, " ");
}

/** Splits after the first sentence; a sentence ends with a full stop before white space. */
export function splitComment(comment: string): SplitComment {
  const [paragraph = ""] = comment.split("\n\n", 1);
  const sentence = /^[\s\S]*?\.(?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
  const summary = sentence.replace(/\s+/g, " ").replaceAll("`", "").replace(/\.$/, "");
  return { summary, description: comment.slice(sentence.length).trim() };
}

/** The description as an object to spread: nothing where the text is empty. */
export function describe(text: string): { description?: string } {
  return text === "" ? {} : { description: text };
}
