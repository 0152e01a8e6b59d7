// A process of its own that writes overrides to a database as it is told, and says when each is committed.
import { SqliteStore } from "../../src/storage/sqlite/store.ts";

const [file = ""] = process.argv.slice(2);
const store = await SqliteStore.open({ file, catalogue: "open", clock: Date.now });

process.on("message", async (write: { orgId: string; featureKey: string; enabled: boolean }) => {
  const setting = { enabled: write.enabled, startsAt: undefined, expiresAt: undefined };
  await store.updateOverrides([{ ...write, setting, at: "" }], { actor: "other process", reason: "" });
  process.send?.("committed");
});
process.on("disconnect", () => store.close());
process.send?.("ready");
