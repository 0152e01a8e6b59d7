import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { NewSetting } from "../../src/domain/override.ts";
import { Flags } from "../../src/flags/flags.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Who writes in tests. */
export const call = { actor: "ada", reason: "a test" };

/** A patch that changes nothing. */
export const unchanged = { description: undefined, defaultEnabled: undefined, archived: undefined };

/** Flags with a store of their own, as one process has them. */
export interface OpenedFlags {
  readonly flags: Flags;
  readonly store: SqliteStore;
  close(): Promise<void>;
}

/** Opens flags; on the same file they share what is stored, as processes do. Closed when the test is over. */
export async function openFlags({ file = newFile(), clock = Date.now } = {}): Promise<OpenedFlags> {
  const store = await SqliteStore.open({ file, catalogue: "open", clock });
  const flags = await Flags.open(store, { maxResidentOrganisations: 1000, clock });
  let closing: Promise<void> | undefined;
  const close = () => {
    flags.close();
    closing ??= store.close();
    return closing;
  };
  onTestFinished(close);
  return { flags, store, close };
}

/** A file for a store, in a folder that is gone when the test is over. */
export function newFile(): string {
  return join(temporaryFolder(), "orgflags.db");
}

/** An update of one override: a setting, or with `undefined` a reset. */
export function update(orgId: string, featureKey: string, enabled?: boolean, times: Partial<NewSetting> = {}) {
  const setting = enabled === undefined ? undefined : { startsAt: undefined, expiresAt: undefined, ...times, enabled };
  return { orgId, featureKey, setting, at: "" };
}
