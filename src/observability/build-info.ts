import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { type Metric, maximum } from "./metric.ts";

/** The version of this program, as its package says. */
export function programVersion(): string {
  const file = findPackageJSON("..", import.meta.url);
  const { version } = JSON.parse(file === undefined ? "{}" : readFileSync(file, "utf8"));
  return typeof version === "string" ? version : "unknown";
}

/** The metric that tells which program this is. */
export function buildInfo(): Metric {
  const labels = { version: programVersion(), node_version: process.versions.node };
  return maximum("orgflags_build_info", "Always 1; the labels tell the program.", [{ labels, value: 1 }]);
}
