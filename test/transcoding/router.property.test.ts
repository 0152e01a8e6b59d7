import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type Match, Router } from "../../src/transcoding/router.ts";
import { parseTarget } from "../../src/transcoding/target.ts";
import { parseTemplate, type Template } from "../../src/transcoding/template.ts";

interface TestRule {
  readonly method: string;
  readonly template: Template;
}

const METHODS = ["GET", "POST", "HEAD", "PUT"];
/** A decoded path and a verb, as one reading of a colon has them. */
type Reading = readonly [segments: readonly string[], verb: string];

const word = fc.constantFrom("a", "b", "c");
const verb = fc.constantFrom("", ":x", ":y");
const templateText = fc
  .tuple(
    fc.array(fc.oneof(word, fc.constant("*")), { maxLength: 4 }),
    fc.option(fc.constant("**"), { nil: undefined }),
    verb,
  )
  .map(([segments, rest, suffix]) => `/${[...segments, ...(rest === undefined ? [] : [rest])].join("/")}${suffix}`)
  .filter((text) => !/^\/(:|$)/.test(text));
const rules = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...METHODS), templateText), {
    selector: (rule) => rule.join(" "),
    maxLength: 12,
  })
  .map((pairs): TestRule[] => pairs.map(([method, text]) => ({ method, template: parseTemplate(text) })));
const path = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 5 }), verb)
  .map(([segments, suffix]) => `/${segments.join("/")}${suffix}`);

test("the router agrees with a search through all rules", () => {
  fc.assert(
    fc.property(rules, fc.constantFrom(...METHODS, "OPTIONS"), path, (registered, method, target) => {
      const router = createRouter(registered);
      expect(shorten(matchTarget(router, method, target))).toEqual(search(registered, method, target));
    }),
    { numRuns: 2000 },
  );
});

test("the order of the rules does not matter", () => {
  fc.assert(
    fc.property(rules, fc.constantFrom(...METHODS), path, (registered, method, target) => {
      const forwards = matchTarget(createRouter(registered), method, target);
      expect(matchTarget(createRouter(registered.toReversed()), method, target)).toEqual(forwards);
    }),
  );
});

test("a search looks up as much among a thousand rules as among ten", () => {
  const lookups = (count: number): number => {
    const numbered = Array.from({ length: count }, (_, index) => [
      `/r${index}/{x}/y`,
      `/{x}/r${index}`,
      `/z/r${index}/**`,
    ]);
    const router = createRouter(numbered.flat().map((text) => ({ method: "GET", template: parseTemplate(text) })));
    return countLookups(() => expect(matchTarget(router, "GET", "/r7/v/y").kind).toBe("rule"));
  };
  expect(lookups(1000)).toBe(lookups(10));
});

test("a path of any length takes no more lookups than the rules are deep", () => {
  const router = createRouter(
    ["/a/{x}/a/{y}", "/{x}/a/{y}/b", "/*/*/**"].map((text) => ({ method: "GET", template: parseTemplate(text) })),
  );
  const lookups = (length: number) => countLookups(() => matchTarget(router, "POST", "/a".repeat(length)));
  expect(lookups(10_000)).toBe(lookups(10));
});

function createRouter(registered: readonly TestRule[]): Router<TestRule> {
  const router = new Router<TestRule>();
  for (const rule of registered) router.add(rule.method, rule.template, rule);
  return router;
}

function matchTarget(router: Router<TestRule>, method: string, raw: string): Match<TestRule> {
  const target = parseTarget(raw);
  return target.kind === "target" ? router.match(method, target.path) : expect.unreachable();
}

function shorten(match: Match<TestRule>): TestRule | readonly string[] {
  return match.kind === "rule" ? match.rule : match.allow;
}

/** The rule that comes first among all that fit, or the methods of those that fit but for the method. */
function search(registered: readonly TestRule[], method: string, target: string): TestRule | readonly string[] {
  const fitting = readingsOf(target).flatMap((reading, order) =>
    registered.flatMap((rule) => {
      const ranks = rank(rule.template, reading);
      return ranks === undefined ? [] : [{ rule, key: [order, ...ranks, rule.method === method ? 0 : 1] }];
    }),
  );
  const served = fitting.filter(({ rule }) => rule.method === method || (method === "HEAD" && rule.method === "GET"));
  const [first] = served.toSorted((a, b) => compare(a.key, b.key));
  if (first !== undefined) return first.rule;
  const methods = new Set(fitting.map(({ rule }) => rule.method));
  if (methods.has("GET")) methods.add("HEAD");
  return methods.size === 0 ? [] : [...methods.add("OPTIONS")].sort();
}

function readingsOf(target: string): Reading[] {
  const segments = target.slice(1).split("/");
  const [last = "", suffix] = segments.at(-1)?.split(":") ?? [];
  const plain: Reading = [segments, ""];
  return suffix === undefined ? [plain] : [[segments.with(-1, last), suffix], plain];
}

/** For each segment of the path, and for its end, how the template fits it: 0 exactly, 1 by `*`, 2 by `**`. */
function rank({ segments, verb }: Template, [path, pathVerb]: Reading): number[] | undefined {
  if (verb !== pathVerb) return undefined;
  const open = segments.at(-1)?.kind === "double-star";
  const fixed = open ? segments.length - 1 : segments.length;
  if (path.length < fixed || (path.length > fixed && !open)) return undefined;
  const ranks = path.map((text, index) => {
    const segment = index < fixed ? segments[index] : undefined;
    if (segment === undefined) return 2;
    return segment.kind === "star" ? 1 : segment.kind === "literal" && segment.text === text ? 0 : Number.NaN;
  });
  return ranks.some(Number.isNaN) ? undefined : [...ranks, open ? 2 : 0];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function countLookups(run: () => void): number {
  const get = vi.spyOn(Map.prototype, "get");
  try {
    run();
    return get.mock.calls.length;
  } finally {
    get.mockRestore();
  }
}
