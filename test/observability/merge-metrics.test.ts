import { expect, test } from "vitest";
import { mergeMetrics, remainingMetrics } from "../../src/observability/merge-metrics.ts";
import { counter, gauge, maximum, only } from "../../src/observability/metric.ts";

const one = [
  counter("calls_total", "Calls.", [
    { labels: { lane: "rest" }, value: 2 },
    { labels: { lane: "grpc" }, value: 5 },
  ]),
  maximum("revision", "Revision.", only(7)),
];
const other = [
  counter("calls_total", "Calls.", [
    { labels: { lane: "rest" }, value: 40 },
    { labels: { lane: "ofrep" }, value: 1 },
  ]),
  maximum("revision", "Revision.", only(6)),
  gauge("watchers", "Watchers.", only(3)),
];

test("values of several processes are added up, or the greatest of them counts", () => {
  expect(mergeMetrics([one, other])).toEqual([
    counter("calls_total", "Calls.", [
      { labels: { lane: "rest" }, value: 42 },
      { labels: { lane: "grpc" }, value: 5 },
      { labels: { lane: "ofrep" }, value: 1 },
    ]),
    maximum("revision", "Revision.", only(7)),
    gauge("watchers", "Watchers.", only(3)),
  ]);
});

test("of a process that is gone remains what it has counted", () => {
  expect(remainingMetrics(other).map(({ name }) => name)).toEqual(["calls_total"]);
});
