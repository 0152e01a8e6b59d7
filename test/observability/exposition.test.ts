import { expect, test } from "vitest";
import { expose } from "../../src/observability/exposition.ts";
import { Histogram } from "../../src/observability/histogram.ts";
import { counter, gauge, histogram, only } from "../../src/observability/metric.ts";

test("labels, values and help are written and escaped as the format says", () => {
  const odd = 'a "quoted" \\ back\nslash';
  const samples = [
    { labels: { path: odd, code: "OK" }, value: 3 },
    { labels: {}, value: 0.25 },
  ];
  expect(expose([counter("things_total", odd, samples), gauge("heat", "Warm.", only(-1e-7))])).toBe(
    [
      '# HELP things_total a "quoted" \\\\ back\\nslash',
      "# TYPE things_total counter",
      'things_total{path="a \\"quoted\\" \\\\ back\\nslash",code="OK"} 3',
      "things_total 0.25",
      "# HELP heat Warm.",
      "# TYPE heat gauge",
      "heat -1e-7",
      "",
    ].join("\n"),
  );
});

test("a histogram counts each value in every bucket that it is not above", () => {
  const seconds = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) {
    seconds.observe(value);
  }
  expect(expose([histogram("wait_seconds", "Waits.", seconds.samples({ lane: "rest" }))])).toBe(
    [
      "# HELP wait_seconds Waits.",
      "# TYPE wait_seconds histogram",
      'wait_seconds_bucket{lane="rest",le="0.1"} 2',
      'wait_seconds_bucket{lane="rest",le="1"} 3',
      'wait_seconds_bucket{lane="rest",le="+Inf"} 4',
      'wait_seconds_sum{lane="rest"} 7.65',
      'wait_seconds_count{lane="rest"} 4',
      "",
    ].join("\n"),
  );
});
