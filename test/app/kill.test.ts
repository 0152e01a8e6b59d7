import { join } from "node:path";
import { expect, test } from "vitest";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { runService } from "../service-process.ts";
import { replay, settingsOf } from "../storage/replay.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const clients = 16;
const features = ["driver_declarations", "encrypted_storage", "sms_reminders"];
const headers = { "content-type": "application/json" };

/** Writes one organisation after the other, three overrides at a time, until the service is gone. */
async function writeUntilGone(
  url: string,
  name: string,
  acknowledged: Set<string>,
  onWrite: () => void,
): Promise<void> {
  for (let number = 0; ; number++) {
    const orgId = `${name}-${number}`;
    const updates = features.map((feature_key) => ({ org_id: orgId, feature_key, enabled: true }));
    const body = JSON.stringify({ updates });
    const answer = await fetch(`${url}/api/v1/org-feature-flags:batchUpdate`, { method: "POST", headers, body });
    // The status line alone is the acknowledgement.
    if (answer.status !== 200) {
      throw new Error(`${answer.status} ${await answer.text()}`);
    }
    acknowledged.add(orgId);
    onWrite();
    await answer.text();
  }
}

test.for([1, 40, 400])(
  "killed after %d acknowledged writes: all of them are there, none is half there",
  async (enough) => {
    const file = join(temporaryFolder(), "orgflags.db");
    const service = runService(file);
    const url = await service.url;
    const acknowledged = new Set<string>();
    const onWrite = () => acknowledged.size === enough && service.kill("SIGKILL");
    const writers = Array.from({ length: clients }, (_, i) => writeUntilGone(url, `client${i}`, acknowledged, onWrite));
    const results = await Promise.allSettled(writers);
    // Each ended because the connection was lost, not because of an answer.
    expect(results.map((result) => result.status === "rejected" && result.reason.name)).toEqual(
      Array(clients).fill("TypeError"),
    );
    expect((await service.ended).signal).toBe("SIGKILL");

    const again = runService(file);
    const restarted = await again.url;
    for (const orgId of acknowledged) {
      const answer = await (await fetch(`${restarted}/api/v1/org-feature-flags/${orgId}`)).json();
      expect(answer).toMatchObject({ flags: Object.fromEntries(features.map((key) => [key, true])) });
    }
    again.kill("SIGTERM");
    expect((await again.ended).exitCode).toBe(0);
    await expectWhole(file, acknowledged);
  },
);

async function expectWhole(file: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const store = await SqliteStore.open({ file, catalogue: "open", clock: Date.now });
  const all = { orgId: undefined, featureKey: undefined, enabled: undefined, offset: 0, limit: 1_000_000 };
  const { overrides } = store.listOverrides(all);
  const counts = new Map<string, number>();
  for (const { orgId } of overrides) {
    counts.set(orgId, (counts.get(orgId) ?? 0) + 1);
  }
  const replayed = replay(store.readChanges(0, 1_000_000));
  await store.close();
  expect(new Set(counts.values())).toEqual(new Set([features.length]));
  expect([...acknowledged].filter((orgId) => !counts.has(orgId))).toEqual([]);
  expect(settingsOf(replayed)).toEqual(new Map(overrides.map((o) => [`${o.orgId}/${o.featureKey}`, o.enabled])));
}
