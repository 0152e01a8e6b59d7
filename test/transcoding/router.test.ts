import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { readVariable } from "../../src/transcoding/path-binding.ts";
import { createRouter, createRoutes, type ServedRoute } from "../../src/transcoding/route.ts";
import type { Router } from "../../src/transcoding/router.ts";
import { RuleError } from "../../src/transcoding/rule-error.ts";
import { parseTarget } from "../../src/transcoding/target.ts";
import { createMethods, type RuleSpec } from "./dynamic-methods.ts";
import { implement } from "./implement.ts";

interface MatchingCase {
  readonly name: string;
  readonly feature: string;
  readonly method: string;
  readonly path: string;
  readonly expect: Readonly<Record<string, unknown>>;
}

interface MatchingGroup {
  readonly name: string;
  readonly feature?: string;
  readonly message?: string;
  readonly rules: readonly RuleSpec[];
  readonly cases?: readonly MatchingCase[];
  readonly registerFails?: true;
}

// The shape of the file is that of test/vectors/README.md.
const groups = JSON.parse(
  readFileSync(new URL("../vectors/matching.json", import.meta.url), "utf8"),
) as readonly MatchingGroup[];

describe.each(groups.filter(({ registerFails }) => registerFails !== true))("$name", ({ rules, message, cases }) => {
  const router = register(rules, message);

  test.for([...(cases ?? [])])("$feature: $name", ({ method, path, expect: expected }) => {
    expect(match(router, rules, method, path)).toEqual(expected);
  });
});

describe("rules that cannot be served together", () => {
  test.for(groups.filter(({ registerFails }) => registerFails === true))("$feature: $name", ({ rules, message }) => {
    expect(() => register(rules, message)).toThrow(RuleError);
  });
});

describe("rules of any method", () => {
  const rules = [
    { id: "head", method: "HEAD", template: "/a/{x}" },
    { id: "get", method: "GET", template: "/a/{x}" },
    { id: "purge", method: "PURGE", template: "/a/{x}" },
    { id: "any", method: "*", template: "/any/{x}" },
    { id: "lit", method: "PUT", template: "/any/lit" },
  ];
  const router = register(rules);

  test.for<[method: string, path: string, expected: object]>([
    ["HEAD", "/a/1", { rule: "head", bindings: { x: "1" } }],
    ["GET", "/a/1", { rule: "get", bindings: { x: "1" } }],
    ["PURGE", "/a/1", { rule: "purge", bindings: { x: "1" } }],
    ["purge", "/a/1", { status: 405, allow: ["GET", "HEAD", "OPTIONS", "PURGE"] }],
    ["GET", "/any/1", { rule: "any", bindings: { x: "1" } }],
    ["HEAD", "/any/1", { rule: "any", bindings: { x: "1" } }],
    ["OPTIONS", "/any/1", { rule: "any", bindings: { x: "1" } }],
    ["PUT", "/any/lit", { rule: "lit", bindings: {} }],
    ["POST", "/any/lit", { rule: "any", bindings: { x: "lit" } }],
  ])("%s %s", ([method, path, expected]) => {
    expect(match(router, rules, method, path)).toEqual(expected);
  });

  test.for([
    ["*", "GET"],
    ["GET", "*"],
    ["*", "*"],
    ["LOCK", "LOCK"],
  ])("%s and %s of the same paths cannot be served together", ([one = "", other = ""]) => {
    const both = [
      { method: one, template: "/a/{x}" },
      { method: other, template: "/a/{y}" },
    ];
    expect(() => register(both)).toThrow(
      'dynamic.v1.DynamicService.M1: template "/a/{y}", column 1: ' +
        `${other} of the same paths is served by dynamic.v1.DynamicService.M0, template "/a/{x}"; change one of them`,
    );
  });
});

function register(rules: readonly RuleSpec[], message?: string): Router<ServedRoute> {
  const specs = createMethods(rules, message).map((method) => implement(method, () => create(method.output)));
  return createRouter(specs.flatMap((spec) => createRoutes(spec, 100)));
}

/** What the transcoder makes of a request line, in the words of the vectors. */
function match(router: Router<ServedRoute>, rules: readonly RuleSpec[], method: string, path: string): object {
  const target = parseTarget(path);
  if (target.kind !== "target") return { status: target.kind === "malformed" ? 400 : 404 };
  const found = router.match(method, target.path);
  if (found.kind === "rule") {
    const { template, variables, method: rpc } = found.rule.details;
    const read = variables.map((v) => [v.field, readVariable(v, found.path, template.segments.length)] as const);
    return { rule: rules[Number(rpc.name.slice(1))]?.id, bindings: Object.fromEntries(read) };
  }
  if (found.allow.length === 0) return { status: 404 };
  return { status: method === "OPTIONS" ? 204 : 405, allow: found.allow };
}
