import { Router } from "../../src/transcoding/router.ts";
import { parseTarget } from "../../src/transcoding/target.ts";
import { parseTemplate } from "../../src/transcoding/template.ts";
import { type Comparison, type Contender, type Row, runRounds } from "./row.ts";
import type { Sample } from "./sample.ts";

const few = 10;
const many = 2000;
const matchesAtOnce = 10_000;
/** Templates for each resource, so that literals, variables and verbs all have to be told apart. */
const templates = ["/v1/r#", "/v1/r#/{id}", "/v1/r#/{id}/parts", "/v1/r#/{id}/parts/{part}", "/v1/r#/{id}:copy"];
const targets = ["/v1/r#", "/v1/r#/7", "/v1/r#/7/parts", "/v1/r#/7/parts/8", "/v1/r#/7:copy"];

const subjects = { few: `${few} routes`, many: `${many} routes`, inTurn: `${many} routes, each in turn` };

const comparisons: readonly Comparison[] = [
  { subject: subjects.many, against: subjects.few, metric: "cpuMicros", bound: { kind: "at most", value: 1.5 } },
  // What the table costs the processor's caches, on top of what the search costs.
  { subject: subjects.inTurn, against: subjects.few, metric: "cpuMicros" },
];

/** What finding the rule of a request target costs the transcoder, with few and with many routes; in this process. */
export const matchingRow: Row = {
  name: "matching",
  work: "the transcoder's route of a target",
  run: (bench) => {
    const contenders = [
      contender(subjects.few, few, few),
      contender(subjects.many, many, few),
      contender(subjects.inTurn, many, many),
    ];
    return runRounds(contenders, comparisons, bench);
  },
};

/** The targets are those of the last routes of the table, so many in turn. */
function contender(subject: string, routes: number, requested: number): Contender {
  const router = new Router<object>();
  for (const template of filled(templates, routes)) {
    router.add("GET", parseTemplate(template), {});
  }
  const wanted = filled(targets, routes).slice(-requested);
  return { subject, measure: async (seconds) => matchFor(seconds, wanted, (target) => isMatched(router, target)) };
}

/** So many texts, by numbering resources; the numbers are of one length, or short ones would be cheaper to hash. */
function filled(texts: readonly string[], count: number): string[] {
  const numbers = Array.from({ length: count / texts.length }, (_, index) => String(index).padStart(4, "0"));
  return numbers.flatMap((number) => texts.map((text) => text.replace("#", number)));
}

function isMatched(router: Router<object>, target: string): boolean {
  const parsed = parseTarget(target);
  return parsed.kind === "target" && router.match("GET", parsed.path).kind === "rule";
}

function matchFor(seconds: number, targets: readonly string[], isFound: (target: string) => boolean): Sample {
  const before = process.cpuUsage();
  const endsAt = performance.now() + seconds * 1000;
  let matches = 0;
  while (performance.now() < endsAt) {
    for (let i = 0; i < matchesAtOnce; i++, matches++) {
      const target = targets[matches % targets.length] ?? "";
      if (!isFound(target)) {
        throw new Error(`no route was found for ${target}`);
      }
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuMicros: (user + system) / matches };
}
