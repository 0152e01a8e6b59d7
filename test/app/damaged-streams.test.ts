import { expect, onTestFinished, test } from "vitest";
import { openStreams } from "../open-streams.ts";
import { runService } from "../service-process.ts";
import { damageTable } from "../storage/sqlite/damaged-table.ts";
import { filledDatabase, tamper } from "../storage/sqlite/filled-database.ts";
import { bearer, tokenFor } from "../token-for.ts";
import { until } from "../torture/until.ts";

/** A change of acme's is committed whose rows are whole. */
function changeOf(revision: string): string {
  return `INSERT INTO changes (revision, time, actor, reason, org_id, feature_key, before, after)
    SELECT ${revision}, time, actor, reason, org_id, feature_key, before, after FROM changes
    WHERE org_id = 'acme' ORDER BY revision LIMIT 1`;
}

const commit = "UPDATE summary SET catalogue_revision = catalogue_revision";

test.for([
  ["access", commit],
  ["tokens", "UPDATE access SET token_version = token_version + 1"],
  ["changes", commit],
  ["features", changeOf("1000000")],
  ["overrides", changeOf("NULL")],
] as const)("damage to the table %s ends no service that has streams open", async ([table, statement]) => {
  const databaseFile = await filledDatabase();
  const headers = bearer(tokenFor({ databaseFile }, "admin"));
  const service = runService(databaseFile, "--auth", "required", "--max-resident-orgs", "1");
  const url = await service.url;
  const streams = await openStreams(url, headers);
  onTestFinished(() => streams.close());
  const ask = (path: string) => fetch(url + path, { headers });
  // From now on that of acme is not in memory.
  expect((await ask("/api/v1/org-feature-flags/globex")).status).toBe(200);
  damageTable(databaseFile, table);
  tamper(databaseFile, statement);
  const isReady = async () => (await fetch(`${url}/readyz`)).status === 200;
  const met = until("it is not ready: somebody has met the damage", async () => !(await isReady()));
  expect(await Promise.race([met, service.ended])).toBeUndefined();
  expect([200, 503]).toContain((await ask("/api/v1/org-feature-flags/initech")).status);
  streams.close();
  service.kill("SIGTERM");
  expect(await service.ended).toMatchObject({ exitCode: 0, signal: null });
});
