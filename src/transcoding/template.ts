import { percentDecode } from "./percent.ts";

/*
 * Template  = "/" Segments [ ":" Verb ] ;
 * Segments  = Segment { "/" Segment } ;
 * Segment   = "*" | "**" | Literal | Variable ;
 * Variable  = "{" FieldPath [ "=" Segments ] "}" ;
 * FieldPath = Ident { "." Ident } ;
 * Ident     = ( letter | "_" ) { letter | digit | "_" } ;
 * Verb      = Literal ;
 * Literal   = Char { Char } ;
 * Char      = letter | digit | "-" | "." | "_" | "~" | "!" | "$" | "&" | "'" | "(" | ")" | "+" | "," | ";" | "=" | "@"
 *           | "%" hex hex ;
 *
 * Beyond the grammar: nothing but a verb follows "**"; variables neither nest nor repeat; escapes are UTF-8.
 * See https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
 */

const LITERAL = /(?:[A-Za-z0-9\-._~!$&'()+,;=@]|%[0-9A-Fa-f]{2})*/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const LITERAL_EXPECTED = "a literal of letters, digits, -._~!$&'()+,;=@ and UTF-8 escapes (%XX)";

/** One segment of a template; the text of a literal is decoded. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "star" }
  | { readonly kind: "double-star" };

/** A variable of a template: its field path, as written, and the segments it spans. */
export interface Variable {
  readonly field: string;
  /** Where the field path begins in the template, from 1. */
  readonly column: number;
  /** The index of the first segment that it spans. */
  readonly start: number;
  /** The index after the last segment that it spans; `**` counts as one. */
  readonly end: number;
  /** Whether the variable is of several segments, by its template and not by what it took. */
  readonly multi: boolean;
}

/** A parsed path template. */
export interface Template {
  readonly source: string;
  readonly segments: readonly Segment[];
  readonly variables: readonly Variable[];
  /** The decoded verb, or `""` where there is none. */
  readonly verb: string;
}

/** A template that does not follow the grammar; `column` counts characters from 1. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly column: number;

  constructor(column: number, message: string) {
    super(message);
    this.column = column;
  }
}

/** Parses a path template of `google.api.http`, or throws a `TemplateError`. */
export function parseTemplate(source: string): Template {
  return new TemplateParser(source).parse();
}

class TemplateParser {
  readonly #source: string;
  readonly #segments: Segment[] = [];
  readonly #variables: Variable[] = [];
  #position = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Template {
    this.#expect("/");
    this.#parseSegments(false);
    const verb = this.#take(":") ? this.#parseLiteral("a verb") : "";
    if (this.#position < this.#source.length) this.#fail(`"/", ":" or the end of the template`);
    return { source: this.#source, segments: this.#segments, variables: this.#variables, verb };
  }

  #parseSegments(inVariable: boolean): void {
    do {
      if (this.#segments.at(-1)?.kind === "double-star") this.#fail(`only a verb after "**"`);
      this.#parseSegment(inVariable);
    } while (this.#take("/"));
  }

  #parseSegment(inVariable: boolean): void {
    if (this.#take("**")) {
      this.#segments.push({ kind: "double-star" });
    } else if (this.#take("*")) {
      this.#segments.push({ kind: "star" });
    } else if (this.#source[this.#position] !== "{") {
      this.#segments.push({ kind: "literal", text: this.#parseLiteral(`"*", "**", a variable or`) });
    } else if (inVariable) {
      this.#fail("no variable inside a variable");
    } else {
      this.#parseVariable();
    }
  }

  #parseVariable(): void {
    this.#expect("{");
    const column = this.#position + 1;
    const field = this.#parseFieldPath();
    if (this.#variables.some((variable) => variable.field === field)) {
      throw new TemplateError(column, `the variable "${field}" is there already; name each field once`);
    }
    const start = this.#segments.length;
    if (this.#take("=")) {
      this.#parseSegments(true);
    } else {
      this.#segments.push({ kind: "star" });
    }
    this.#expect("}");
    const end = this.#segments.length;
    const multi = end - start > 1 || this.#segments.at(-1)?.kind === "double-star";
    this.#variables.push({ field, column, start, end, multi });
  }

  #parseFieldPath(): string {
    const names: string[] = [];
    do {
      const name = this.#match(IDENTIFIER);
      if (name === "") this.#fail("the name of a field");
      names.push(name);
    } while (this.#take("."));
    return names.join(".");
  }

  #parseLiteral(before: string): string {
    const column = this.#position + 1;
    const raw = this.#match(LITERAL);
    if (raw === "") this.#fail(before === "a verb" ? `a verb: ${LITERAL_EXPECTED}` : `${before} ${LITERAL_EXPECTED}`);
    const text = percentDecode(raw);
    if (text === undefined) throw new TemplateError(column, `the escapes of "${raw}" are not UTF-8`);
    return text;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const text = pattern.exec(this.#source)?.[0] ?? "";
    this.#position += text.length;
    return text;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#position)) return false;
    this.#position += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`"${text}"`);
  }

  #fail(expected: string): never {
    const found = this.#position < this.#source.length ? `"${this.#source[this.#position]}"` : "the end";
    throw new TemplateError(this.#position + 1, `found ${found}, expected ${expected}`);
  }
}
