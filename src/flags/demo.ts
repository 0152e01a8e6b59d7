import type { OverrideUpdate } from "../domain/override.ts";
import { migrationActor, type Store } from "../storage/store.ts";
import type { Flags } from "./flags.ts";

// More than a new store has.
const firstChanges = 100;
const documented: Readonly<Record<string, boolean>> = { driver_declarations: true, encrypted_storage: true };
// The document's list begins with org_812 and has 34 entries.
const organisations = Array.from({ length: 17 }, (_, index) => `org_${812 + index}`);

/**
 * Sets what the examples of the API document show, in a store that nobody has written to. Resolves with whether it did:
 * false where somebody had.
 */
export async function fillWithDemo(store: Store, flags: Flags): Promise<boolean> {
  const changes = await store.readChanges(0, firstChanges);
  if (changes.some(({ actor }) => actor !== migrationActor)) {
    return false;
  }
  const updates: OverrideUpdate[] = organisations.flatMap((orgId) => {
    return Object.entries(documented).map(([featureKey, enabled]) => {
      return { orgId, featureKey, setting: { enabled, startsAt: undefined, expiresAt: undefined }, at: "" };
    });
  });
  await flags.updateOverrides(updates, { actor: "system:demo", reason: "the examples of the API document" });
  return true;
}
