import { Literals } from "./literals.ts";
import { percentDecode } from "./percent.ts";
import type { Path } from "./target.ts";
import type { Template } from "./template.ts";

/** The rules of one shape of path and one verb, by HTTP method; `*` stands for every method. */
type Rules<R> = Map<string, R>;

/** A node of the trie: the segments that may follow, and the rules that end here, by verb. */
interface Node<R> {
  readonly literals: Literals<Node<R>>;
  star: Node<R> | undefined;
  /** Rules whose last segment this node is. */
  readonly ends: Map<string, Rules<R>>;
  /** Rules whose `**` begins here. */
  readonly rests: Map<string, Rules<R>>;
}

/** What the router found: a rule and the path as the rule reads it, or the methods that the path has, sorted. */
export type Match<R> =
  | { readonly kind: "rule"; readonly rule: R; readonly path: Path }
  | { readonly kind: "allow"; readonly allow: readonly string[] };

/** The text of one path in one reading of its last colon. */
interface Reading {
  readonly path: Path;
  readonly verb: string;
}

/**
 * Finds the rule of a method and a path. Literals come before `*` and `*` before `**`, position by position; a branch
 * that cannot complete is abandoned. A search visits no node twice, and looks literals up by hash, so that the number
 * of rules does not matter.
 */
export class Router<R extends object> {
  readonly #root: Node<R> = createNode();
  readonly #verbs = new Set<string>();

  /** Adds a rule, unless one of this method (or of every method) is there for the same paths: then returns that one. */
  add(method: string, template: Template, rule: R): R | undefined {
    let node = this.#root;
    let rest = false;
    for (const segment of template.segments) {
      if (segment.kind === "literal") node = node.literals.open(segment.text, createNode<R>);
      else if (segment.kind === "star") node = node.star ??= createNode();
      else rest = true;
    }
    const places = rest ? node.rests : node.ends;
    const rules: Rules<R> = places.get(template.verb) ?? new Map();
    const other = rules.get(method) ?? rules.get("*") ?? (method === "*" ? rules.values().next().value : undefined);
    if (other !== undefined) return other;
    places.set(template.verb, rules.set(method, rule));
    this.#verbs.add(template.verb);
    return undefined;
  }

  /** Finds the rule; an empty `allow` says that no rule fits the path, whatever the method. */
  match(method: string, path: Path): Match<R> {
    // The reading of the last colon as that of a verb comes first.
    const withVerb = this.#readVerb(path);
    const plain = { path, verb: "" };
    const verbRule = withVerb === undefined ? undefined : find(this.#root, withVerb, 0, method);
    if (withVerb !== undefined && verbRule !== undefined) return { kind: "rule", rule: verbRule, path: withVerb.path };
    const rule = find(this.#root, plain, 0, method);
    if (rule !== undefined) return { kind: "rule", rule, path };
    const methods = new Set<string>();
    if (withVerb !== undefined) collectMethods(this.#root, withVerb, 0, methods);
    collectMethods(this.#root, plain, 0, methods);
    return { kind: "allow", allow: allowed(methods) };
  }

  /** The path and its verb, where what follows its last colon is one of the rules'. */
  #readVerb(path: Path): Reading | undefined {
    const last = path.raw.length - 1;
    const segment = path.raw[last] ?? "";
    const colon = segment.lastIndexOf(":");
    if (colon < 1 || colon === segment.length - 1) return undefined;
    const verb = percentDecode(segment.slice(colon + 1)) ?? "";
    if (!this.#verbs.has(verb)) return undefined;
    const raw = segment.slice(0, colon);
    // The whole segment is known to decode, and a colon is never part of an escape or of a longer character.
    const decoded = percentDecode(raw) ?? raw;
    return { path: { raw: path.raw.with(last, raw), decoded: path.decoded.with(last, decoded) }, verb };
  }
}

function createNode<R>(): Node<R> {
  return { literals: new Literals(), star: undefined, ends: new Map(), rests: new Map() };
}

function find<R extends object>(node: Node<R>, reading: Reading, index: number, method: string): R | undefined {
  const text = reading.path.decoded[index];
  let found: R | undefined;
  if (text === undefined) {
    found = pick(node.ends.get(reading.verb), method);
  } else {
    const literal = node.literals.get(text);
    if (literal !== undefined) found = find(literal, reading, index + 1, method);
    if (node.star !== undefined) found ??= find(node.star, reading, index + 1, method);
  }
  return found ?? pick(node.rests.get(reading.verb), method);
}

function pick<R>(rules: Rules<R> | undefined, method: string): R | undefined {
  if (rules === undefined) return undefined;
  return rules.get(method) ?? (method === "HEAD" ? rules.get("GET") : undefined) ?? rules.get("*");
}

function collectMethods<R>(node: Node<R>, reading: Reading, index: number, into: Set<string>): void {
  addKeys(node.rests.get(reading.verb), into);
  const text = reading.path.decoded[index];
  if (text === undefined) {
    addKeys(node.ends.get(reading.verb), into);
    return;
  }
  const literal = node.literals.get(text);
  if (literal !== undefined) collectMethods(literal, reading, index + 1, into);
  if (node.star !== undefined) collectMethods(node.star, reading, index + 1, into);
}

function addKeys(rules: Rules<unknown> | undefined, into: Set<string>): void {
  if (rules === undefined) return;
  for (const method of rules.keys()) into.add(method);
}

function allowed(methods: Set<string>): string[] {
  if (methods.size === 0) return [];
  methods.add("OPTIONS");
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods].sort();
}
