import type { Line } from "../rows/row.ts";
import type { Metric } from "../rows/sample.ts";
import type { Verdict } from "../rows/verdict.ts";
import type { Result, RowResult } from "./result.ts";

const metricNames: Readonly<Record<Metric, string>> = {
  requestsPerSecond: "requests/s",
  p50Ms: "p50",
  p99Ms: "p99",
  cpuMicros: "server CPU",
  busyCores: "cores busy",
  othersCores: "cores of others",
  writesPerSecond: "writes/s",
  writeP50Ms: "write p50",
  writeP99Ms: "write p99",
  readyMs: "start to first answer",
  residentBytes: "resident memory each",
  heapBytes: "heap each",
};

const units: Readonly<Partial<Record<Metric, string>>> = {
  writeP50Ms: " ms",
  writeP99Ms: " ms",
  readyMs: " ms",
  residentBytes: " B",
  heapBytes: " B",
};

// All others have none.
const furtherDigits: Readonly<Partial<Record<Metric, number>>> = { writeP50Ms: 2, writeP99Ms: 2 };

// What few rows have goes into one column, with its name.
const further: readonly Metric[] = [
  "writesPerSecond",
  "writeP50Ms",
  "writeP99Ms",
  "readyMs",
  "residentBytes",
  "heapBytes",
];

/** The two tables of a run, in Markdown: what was measured, and how that compares. */
export function markdownReport(result: Result): string {
  const { setting, rounds, seconds, short, rows } = result;
  const { date, commit, node, system, processor, cores, memory, fileSystem, loadAverage } = setting;
  return [
    ...(short ? ["**Short form: these figures mean nothing.**", ""] : []),
    `${date}, commit ${commit}, Node ${node}, ${system}, ${processor}, ${cores} cores, ${memory} GiB, ${fileSystem};`,
    `load average before the run ${loadAverage}; ${rounds} rounds of ${seconds} s, medians.`,
    "",
    ...table(
      [
        "work",
        "subject",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "server CPU µs/request",
        "cores busy",
        "cores of others",
        "further",
      ],
      rows.flatMap((row) => (row.error === undefined ? row.lines.map((line) => lineCells(row, line)) : [])),
    ),
    "",
    ...table(
      ["work", "compared", "result", "bound", "met"],
      rows.flatMap((row) => (row.error === undefined ? row.verdicts.map((each) => verdictCells(row, each)) : [])),
    ),
    ...rows.flatMap(({ name, error }) => (error === undefined ? [] : ["", `Row ${name} failed: ${error}`])),
    "",
  ].join("\n");
}

function lineCells({ work }: RowResult, { subject, median }: Line): string[] {
  const { requestsPerSecond, p50Ms, p99Ms, cpuMicros, busyCores, othersCores } = median;
  return [
    work,
    subject,
    figure(requestsPerSecond, 0),
    figure(p50Ms, 2),
    figure(p99Ms, 2),
    figure(cpuMicros, 1),
    figure(busyCores, 2),
    figure(othersCores, 2),
    further.flatMap((metric) => furtherFigure(metric, median[metric])).join(", "),
  ];
}

function furtherFigure(metric: Metric, value: number | undefined): string[] {
  const digits = furtherDigits[metric] ?? 0;
  return value === undefined ? [] : [`${metricNames[metric]} ${figure(value, digits)}${units[metric] ?? ""}`];
}

function verdictCells({ work }: RowResult, verdict: Verdict): string[] {
  const { subject, against, metric, of, result, bound, met, disturbed } = verdict;
  const sign = of === "ratio" ? " ÷ " : " − ";
  const unit = of === "ratio" ? "" : (units[metric] ?? "");
  const digits = of === "ratio" ? 2 : 0;
  const whom = against === undefined ? subject : `${subject}${sign}${against}`;
  return [
    work,
    `${metricNames[metric]}: ${whom}`,
    `${figure(result, digits)}${unit}`,
    bound === undefined ? "stated" : `${bound.kind} ${figure(bound.value, digits)}${unit}`,
    met === undefined ? "" : `${met ? "yes" : "**no**"}${disturbed ? ", but disturbed" : ""}`,
  ];
}

function figure(value: number | undefined, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value === undefined || Number.isNaN(value) ? "" : value.toLocaleString("en", options);
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => cells[column]?.length ?? 0)),
  );
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [row(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body.map(row)];
}
