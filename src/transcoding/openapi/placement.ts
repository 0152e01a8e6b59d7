import { formatFieldPath } from "../field-path.ts";
import type { Rule } from "../rule.ts";
import type { OperationMethod } from "./openapi.ts";
import type { PlacedRule } from "./operation.ts";
import { toPathForm } from "./path-form.ts";

const METHODS: ReadonlyMap<string, OperationMethod> = new Map(
  (["get", "put", "post", "delete", "patch", "options", "head", "trace"] as const).map((name) => [
    name.toUpperCase(),
    name,
  ]),
);
/** What a rule for every method is described as. */
const EVERY: readonly OperationMethod[] = ["get", "put", "post", "delete", "patch"];

/** A rule and the path of the document that it is at. */
export interface Place extends PlacedRule {
  readonly path: string;
}

/** Where rules are in a document. */
export interface Placement {
  readonly placed: readonly Place[];
  /** The routes for which OpenAPI has no place. */
  readonly leftOut: string[];
}

/**
 * Finds the path and the method of each rule, and gives it an id. Rules of one method are in one list, the main one
 * first; in the document all main rules come before the additional ones.
 */
export function placeRules(byMethod: readonly (readonly Rule[])[]): Placement {
  const desk = new PlacementDesk();
  const numbered = byMethod.flatMap((rules) => rules.map((rule, index) => ({ rule, main: rules[0] ?? rule, index })));
  for (const { rule, main, index } of numbered.filter((entry) => entry.index === 0)) desk.place(rule, main, index);
  for (const { rule, main, index } of numbered.filter((entry) => entry.index > 0)) desk.place(rule, main, index);
  return desk;
}

class PlacementDesk implements Placement {
  readonly placed: Place[] = [];
  readonly leftOut: string[] = [];
  /** Paths of one shape are one path, whatever the first one calls its parameters. */
  readonly #paths = new Map<string, { readonly path: string; readonly names: readonly string[] }>();
  readonly #taken = new Set<string>();

  place(rule: Rule, main: Rule, index: number): void {
    const form = toPathForm(rule);
    const known = this.#paths.get(form.shape) ?? { path: form.path, names: form.slots.map(({ name }) => name) };
    const method = METHODS.get(rule.httpMethod);
    const wanted = rule.httpMethod === "*" ? EVERY : method === undefined ? [] : [method];
    const free = wanted.filter((httpMethod) => !this.#taken.has(`${httpMethod} ${form.shape}`));
    if (free.length === 0) this.leftOut.push(`${rule.httpMethod} ${rule.template.source}`);
    else this.#paths.set(form.shape, known);
    for (const httpMethod of free) {
      this.#taken.add(`${httpMethod} ${form.shape}`);
      const operationId = idOf(rule, index, free.length > 1 ? httpMethod : undefined);
      this.placed.push({ rule, form, ...known, httpMethod, operationId, preferred: preferredOf(rule, main) });
    }
  }
}

function idOf({ method }: Rule, index: number, suffix: string | undefined): string {
  const parts = [method.parent.name, method.name, index === 0 ? undefined : String(index + 1), suffix];
  return parts.filter((part) => part !== undefined).join("_");
}

/** An additional binding that takes and answers the same as the main one is merely another path to it. */
function preferredOf(rule: Rule, main: Rule): PlacedRule["preferred"] {
  const isAlias =
    rule !== main &&
    rule.httpMethod === main.httpMethod &&
    rule.body === main.body &&
    rule.responseBody === main.responseBody &&
    boundFields(rule) === boundFields(main);
  if (!isAlias) return undefined;
  return { operationId: idOf(main, 0, undefined), route: `${main.httpMethod} ${toPathForm(main).path}` };
}

function boundFields({ variables }: Rule): string {
  return variables
    .map(({ path }) => formatFieldPath(path))
    .sort()
    .join();
}
