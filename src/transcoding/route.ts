import type { DescMethod } from "@bufbuild/protobuf";
import type { MethodImplSpec } from "@connectrpc/connect";
import type { HttpRule } from "../../gen/google/api/http_pb.ts";
import { checkAccept, chooseStreamForm, JSON_TYPE, NDJSON_TYPE, notAcceptable, SSE_TYPE } from "./accept.ts";
import { formatFieldPath } from "./field-path.ts";
import { type HttpAnswer, readHttpAnswer } from "./http-answer.ts";
import { isHttpBody } from "./http-body.ts";
import { type HttpStream, readHttpStream } from "./http-stream.ts";
import type { QueryScope } from "./query.ts";
import { Router } from "./router.ts";
import { nameOf, type Rule, readRules } from "./rule.ts";
import { RuleError } from "./rule-error.ts";

/** A method and template that a transcoder serves, as a description of the API needs it. */
export interface Route {
  /** The HTTP method; `*` for every one. */
  readonly httpMethod: string;
  /** The path template as the rule has it. */
  readonly template: string;
  /** The procedure that is called, such as `library.v1.LibraryService/GetBook`. */
  readonly procedure: string;
  /** Whether the route comes from one of the rule's `additional_bindings`. */
  readonly additional: boolean;
  readonly method: DescMethod;
  readonly rule: HttpRule;
}

/** A method that has a REST form. */
export type ServedSpec = Extract<MethodImplSpec, { kind: "unary" | "server_streaming" }>;

/** A route with all that serving it takes. */
export interface ServedRoute extends Route {
  readonly spec: ServedSpec;
  readonly details: Rule;
  readonly answer: HttpAnswer;
  /** How the events of the method's streams are named; `undefined` where they are not. */
  readonly stream: HttpStream | undefined;
  readonly queryScope: QueryScope;
  /** Whether the request's body is raw bytes. */
  readonly rawRequest: boolean;
  /** Whether the answer's body is raw bytes. */
  readonly rawResponse: boolean;
}

/** The routes of a method, none where it has no rule. Throws `RuleError`. */
export function createRoutes(spec: MethodImplSpec, maxDepth: number): ServedRoute[] {
  const rules = readRules(spec.method);
  if (rules.length === 0) return [];
  if (spec.kind !== "unary" && spec.kind !== "server_streaming") {
    throw new TypeError(
      `${spec.method} is implemented as ${spec.kind}; a method with a rule has no stream of requests`,
    );
  }
  const answer = readHttpAnswer(spec.method);
  return rules.map((rule) => createRoute(spec, rule, answer, maxDepth));
}

/** Throws the `RequestFault` of a 406 where `Accept` admits no form of the route's answers that is known beforehand. */
export function checkAnswerable(route: ServedRoute, accept: string | undefined): void {
  if (route.rawResponse) return;
  if (route.spec.kind === "unary") checkAccept(accept, JSON_TYPE);
  else if (chooseStreamForm(accept) === undefined) throw notAcceptable(NDJSON_TYPE, SSE_TYPE);
}

/** The router of all routes. Throws `RuleError` where two of them serve the same method and the same paths. */
export function createRouter(routes: readonly ServedRoute[]): Router<ServedRoute> {
  const router = new Router<ServedRoute>();
  for (const route of routes) {
    const other = router.add(route.httpMethod, route.details.template, route);
    if (other === undefined) continue;
    const place = { rpc: nameOf(route.method), template: route.template };
    const rival = `${nameOf(other.method)}, template "${other.template}"`;
    throw new RuleError(place, `${route.httpMethod} of the same paths is served by ${rival}; change one of them`);
  }
  return router;
}

function createRoute(spec: ServedSpec, rule: Rule, answer: HttpAnswer, maxDepth: number): ServedRoute {
  const { method, body, responseBody } = rule;
  const bound = new Set(rule.variables.map(({ path }) => formatFieldPath(path)));
  return {
    httpMethod: rule.httpMethod,
    template: rule.template.source,
    procedure: `${method.parent.typeName}/${method.name}`,
    additional: rule.additional,
    method,
    rule: rule.source,
    spec,
    details: rule,
    answer,
    stream: readHttpStream(rule),
    queryScope: { message: method.input, bound, body, maxDepth },
    rawRequest: body !== undefined && isHttpBody(method.input, body),
    rawResponse: isHttpBody(method.output, responseBody),
  };
}
