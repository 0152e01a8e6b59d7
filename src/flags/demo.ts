import type { OverrideUpdate } from "../domain/override.ts";
import type { Flags } from "./flags.ts";

const documented: Readonly<Record<string, boolean>> = { driver_declarations: true, encrypted_storage: true };
// The document's list begins with org_812 and has 34 entries.
const organisations = Array.from({ length: 17 }, (_, index) => `org_${812 + index}`);

/**
 * Sets what the examples of the API document show, in a store without any override. Resolves with whether the store
 * holds that: false where somebody else had written to it.
 */
export async function fillWithDemo(flags: Flags): Promise<boolean> {
  const anything = { orgId: undefined, featureKey: undefined, enabled: undefined, offset: 0, limit: 1 };
  const { total } = await flags.listOverrides(anything);
  if (total > 0) {
    return false;
  }
  const updates: OverrideUpdate[] = organisations.flatMap((orgId) => {
    return Object.entries(documented).map(([featureKey, enabled]) => ({ orgId, featureKey, enabled, at: "" }));
  });
  await flags.updateOverrides(updates, { actor: "system:demo", reason: "the examples of the API document" });
  return true;
}
