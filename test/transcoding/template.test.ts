import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { percentEncode } from "../../src/transcoding/percent.ts";
import { parseTemplate, type Segment, TemplateError } from "../../src/transcoding/template.ts";

interface TemplateVector {
  readonly name: string;
  readonly feature: string;
  readonly template: string;
  readonly ok: boolean;
  readonly segments: readonly string[];
  readonly variables: readonly { field: string; segments: [number, number] }[];
  readonly verb: string;
}

// The shape of the file is that of test/vectors/README.md.
const vectors = JSON.parse(
  readFileSync(new URL("../vectors/templates.json", import.meta.url), "utf8"),
) as readonly TemplateVector[];

describe("templates of the vectors", () => {
  test.for(vectors.filter(({ ok }) => ok))("$feature: $name", ({ template, segments, variables, verb }) => {
    const parsed = parseTemplate(template);
    expect(parsed.segments.map(writeSegment)).toEqual(segments);
    expect(parsed.variables.map(({ field, start, end }) => ({ field, segments: [start, end] }))).toEqual(variables);
    expect(percentEncode(parsed.verb)).toBe(verb);
  });

  test.for(vectors.filter(({ ok }) => !ok))("$feature: refuses $name", ({ template }) => {
    expect(() => parseTemplate(template)).toThrow(TemplateError);
  });
});

describe("errors name the column", () => {
  test.for<[template: string, column: number, message: string]>([
    ["", 1, 'found the end, expected "/"'],
    ["a", 1, 'found "a", expected "/"'],
    ["/", 2, 'found the end, expected "*", "**", a variable or a literal'],
    ["/a//b", 4, 'found "/", expected "*", "**", a variable or a literal'],
    ["/a/", 4, "found the end, expected"],
    ["/a b", 3, 'found " ", expected "/", ":" or the end of the template'],
    ["/a{b}", 3, 'found "{", expected "/", ":" or the end of the template'],
    ["/{a}b", 5, 'found "b", expected "/", ":" or the end of the template'],
    ["/{", 3, "found the end, expected the name of a field"],
    ["/{1}", 3, 'found "1", expected the name of a field'],
    ["/{a.}", 5, 'found "}", expected the name of a field'],
    ["/{a", 4, 'found the end, expected "}"'],
    ["/{a=}", 5, 'found "}", expected "*", "**", a variable or a literal'],
    ["/{a=b", 6, 'found the end, expected "}"'],
    ["/{a={b}}", 5, "expected no variable inside a variable"],
    ["/{a}/{b}/{a}", 11, 'the variable "a" is there already'],
    ["/**/a", 5, 'expected only a verb after "**"'],
    ["/{a=**}/b", 9, 'expected only a verb after "**"'],
    ["/a:", 4, "found the end, expected a verb"],
    ["/a:b:c", 5, 'found ":", expected "/", ":" or the end of the template'],
    ["/a%2", 3, 'found "%", expected'],
    ["/ab/x%ffy", 5, 'the escapes of "x%ffy" are not UTF-8'],
    ["/a:%ff", 4, 'the escapes of "%ff" are not UTF-8'],
  ])("%s at %i", ([template, column, message]) => {
    expect(() => parseTemplate(template)).toThrow(expect.objectContaining({ column, name: "TemplateError" }));
    expect(() => parseTemplate(template)).toThrow(message);
  });
});

function writeSegment(segment: Segment): string {
  switch (segment.kind) {
    case "literal":
      return percentEncode(segment.text);
    case "star":
      return "*";
    case "double-star":
      return "**";
    default:
      return segment satisfies never;
  }
}
