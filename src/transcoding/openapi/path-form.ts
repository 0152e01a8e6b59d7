import { formatFieldPath } from "../field-path.ts";
import { percentEncode } from "../percent.ts";
import type { BoundVariable, Rule } from "../rule.ts";

/** A parameter of an OpenAPI path, which stands for one segment. */
export interface PathSlot {
  readonly name: string;
  /** The index of the segment in the template. */
  readonly index: number;
  /** The variable that the segment belongs to, if it does. */
  readonly variable: BoundVariable | undefined;
  /** Whether the parameter is the whole variable. */
  readonly whole: boolean;
  /** Whether it stands for `**`, any number of segments. */
  readonly open: boolean;
}

/** A template as OpenAPI can have it: parameters of one segment each, which clients escape as such. */
export interface PathForm {
  readonly path: string;
  /** The path without the names: no two paths of a document may have the same. */
  readonly shape: string;
  readonly slots: readonly PathSlot[];
}

/**
 * The path of a rule. A variable of several segments becomes one parameter for each wildcard in it, so that
 * `{name=shelves/*}` is `shelves/{name.shelves}`: clients would escape the slashes of a single one.
 */
export function toPathForm({ template, variables }: Rule): PathForm {
  const slots: PathSlot[] = [];
  const pieces = template.segments.map((segment, index) => {
    if (segment.kind === "literal") return percentEncode(segment.text);
    const variable = variables.find(({ start, end }) => start <= index && index < end);
    const whole = variable !== undefined && variable.end - variable.start === 1;
    const before = template.segments[index - 1];
    const hint = before?.kind === "literal" ? before.text : `segment${index + 1}`;
    const name = variable === undefined ? hint : whole ? fieldOf(variable) : `${fieldOf(variable)}.${hint}`;
    const unique = slots.some((slot) => slot.name === name) ? `${name}.${index + 1}` : name;
    slots.push({ name: unique, index, variable, whole, open: segment.kind === "double-star" });
    return `{${unique}}`;
  });
  const verb = template.verb === "" ? "" : `:${percentEncode(template.verb)}`;
  const path = `/${pieces.join("/")}${verb}`;
  return { path, shape: path.replace(/\{[^}]*\}/g, "{}"), slots };
}

/** What of a variable's text, such as `shelves/1`, one of its parameters holds. */
export function textOfSlot({ variable, index, whole, open }: PathSlot, text: string): string {
  if (variable === undefined || whole) return text;
  const segments = text.split("/").slice(index - variable.start);
  return open ? segments.join("/") : (segments[0] ?? "");
}

function fieldOf(variable: BoundVariable): string {
  return formatFieldPath(variable.path);
}
