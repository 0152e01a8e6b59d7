import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { allMetrics } from "../observability/all-metrics.ts";

const operations = resolve(import.meta.dirname, "../../docs/operations");
const page = (name: string) => readFileSync(join(operations, name), "utf8");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

const dashboard: Dashboard = JSON.parse(page("grafana-dashboard.json"));
const alerts = page("alerts.yaml");
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** The metrics that an expression names, those of histograms without what stands behind their names. */
function metricsIn(text: string, histograms: ReadonlySet<string>): string[] {
  const names = text.match(/\b(?:orgflags|process|nodejs)_\w+/g) ?? [];
  return names.map((name) => {
    const whole = name.replace(/_(?:bucket|sum|count)$/, "");
    return histograms.has(whole) ? whole : name;
  });
}

test("the dashboard and the alerts name metrics that there are, and the dashboard shows each of them", async () => {
  const types = await allMetrics();
  const histograms = new Set([...types].filter(([, type]) => type === "histogram").map(([name]) => name));
  const variables = dashboard.templating.list.map(({ query }) => JSON.stringify(query));
  const shown = new Set(metricsIn([...queries, ...variables].join("\n"), histograms));
  // The job and the rules are called after the service, too.
  const alerted = metricsIn(alerts.replace(/^ *#.*$/gm, ""), histograms);
  expect([...shown, ...alerted].filter((name) => !types.has(name))).toEqual([]);
  // Sums and means of what is shown already.
  const elsewhere = ["process_cpu_seconds_total", "nodejs_eventloop_lag_mean_seconds"];
  expect([...types.keys()].filter((name) => !shown.has(name))).toEqual(elsewhere);
});

test("a histogram is asked for its buckets, sum or count, never by its own name", async () => {
  const types = await allMetrics();
  const histograms = [...types].filter(([, type]) => type === "histogram").map(([name]) => name);
  const bare = new RegExp(`\\b(?:${histograms.join("|")})\\b(?!_)`);
  expect([...queries, alerts].filter((text) => bare.test(text))).toEqual([]);
});

test("panels have ids and places of their own", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

test("every alert has an expression, a severity and words", () => {
  const rules = alerts.split(/^ {6}- alert: /m).slice(1);
  expect(rules.length).toBeGreaterThan(10);
  for (const rule of rules) {
    expect(rule).toMatch(/^Orgflags\w+\n {8}expr: /);
    expect(rule).toMatch(/^ {8}labels: \{ severity: (?:critical|warning|info) \}$/m);
    expect(rule).toMatch(/^ {10}summary: ".+"\n {10}description: ".+"$/m);
  }
});
