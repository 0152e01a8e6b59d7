import { onTestFinished } from "vitest";
import { WorkerMetrics } from "../../src/cli/worker-metrics.ts";
import { startApp } from "../app-under-test.ts";
import { startCollector } from "./otlp-collector.ts";
import { scrape } from "./scrape.ts";

/** The type of every metric that there is, whatever is set: those of a server process, and those of a supervisor. */
export async function allMetrics(): Promise<ReadonlyMap<string, string>> {
  const collector = await startCollector();
  const { url } = await startApp({ otlpEndpoint: collector.url });
  const { types } = await scrape(url);
  const supervisor = new WorkerMetrics();
  onTestFinished(() => supervisor.close());
  const ofWorkers = await supervisor.collect();
  return new Map([...types, ...ofWorkers.map(({ name, type }) => [name, type] as const)]);
}
