import { join } from "node:path";
import { everything, type Role, type Scope } from "../../src/domain/access.ts";
import type { Call } from "../../src/domain/call.ts";
import type { OverrideUpdate } from "../../src/domain/override.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { type RestAnswer, restCall } from "../rest-call.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { bearer, tokenFor } from "../token-for.ts";
import type { About, Seen } from "./asks.ts";
import type { Secrets } from "./traces.ts";

/** Somebody who sees a part, what is secret to them, and about whom they may ask in vain. */
export interface Somebody {
  readonly role: Role;
  readonly scope: Scope;
  readonly secrets: Secrets;
  readonly seen: Seen;
  /** What is there and out of scope, beside what is not there at all; names of the same length. */
  readonly outside: readonly (readonly [there: About, absent: About])[];
}

/** So many organisations are secret; no other number of the world is near this one. */
export const secretOrganisations = 31_337;

const secretOrg = "secretcorp-main";
const secretFeature = "hushhush_feature";
const own: About = { orgId: "acme", featureKey: "marker_feature", revision: 6 };
const mallory: Call = { actor: "mallory@secretcorp", reason: "merger of secretcorp" };
// Changes are numbered as `fill` makes them: 5 adds the marker, 6 is its first override, 8 adds the secret feature; this
// one is among those that stand behind all organisations.
const secretRevision = 31_500;
const absentRevision = 99_999;
const ofOrganisation = [
  { ...own, orgId: secretOrg, revision: secretRevision },
  { ...own, orgId: "absentcorp-main", revision: absentRevision },
] as const;
const ofFeature = [
  { ...own, featureKey: secretFeature, revision: secretRevision },
  { ...own, featureKey: "absentxx_feature", revision: absentRevision },
] as const;

const orgIds = new Set([own.orgId]);
const featureKeys = new Set([own.featureKey]);
const numbers = { from: 31_330, to: 31_399 };
const noNumbers = { from: 1, to: 0 };
const limitedToOrganisation = {
  scope: { orgIds, featureKeys: undefined },
  secrets: { words: ["secretcorp", "globex", "mallory", "merger"], numbers },
  // The catalogue is everybody's.
  seen: { own, sharedFeature: secretFeature, featureRevision: 8, rumour: mallory.actor },
  outside: [ofOrganisation],
};
const limitedToFeature = {
  scope: { orgIds: undefined, featureKeys },
  // Who is stored, and how many, they may know.
  secrets: { words: ["mallory", "merger", "hushhush"], numbers: noNumbers },
  seen: { own, sharedFeature: own.featureKey, featureRevision: 5, rumour: mallory.actor },
  outside: [ofFeature],
};
const limitedToBoth = {
  scope: { orgIds, featureKeys },
  secrets: { words: [...limitedToOrganisation.secrets.words, "hushhush"], numbers },
  seen: limitedToFeature.seen,
  outside: [ofOrganisation, ofFeature],
};

/** By what they are. */
export const everybody: Readonly<Record<string, Somebody>> = {
  "a viewer of an organisation": { role: "viewer", ...limitedToOrganisation },
  "an editor of an organisation": { role: "editor", ...limitedToOrganisation },
  "an admin of an organisation": { role: "admin", ...limitedToOrganisation },
  "an admin of a feature": { role: "admin", ...limitedToFeature },
  "an editor of an organisation's feature": { role: "editor", ...limitedToBoth },
};

/** A server with a secret organisation, and who may do everything there. */
export interface World {
  readonly app: AppUnderTest;
  /** Calls as somebody who sees all. */
  admin(line: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<RestAnswer>;
  /** Makes one change after the other of secret overrides, until it is called off; answers how many. */
  changeSecrets(until: () => boolean): Promise<number>;
  /** Changes the secret feature itself, which everybody learns who may know of it. */
  changeFeature(): Promise<unknown>;
}

/** Starts the world of somebody. */
export async function startWorld({ scope }: Somebody): Promise<World> {
  const databaseFile = join(temporaryFolder(), "orgflags.db");
  await fill(databaseFile);
  const app = await startApp({ databaseFile, auth: "required" });
  const credentials = bearer(tokenFor(app, "admin", { scope: everything, name: "root" }));
  const admin: World["admin"] = async (line, body, headers) => {
    const answer = await restCall(app, line, body, { ...credentials, ...headers });
    if (answer.status >= 300) {
      throw new Error(`${line}: ${answer.text}`);
    }
    return answer;
  };
  const changeFeature = () =>
    admin(`PATCH /api/v1/features/${secretFeature}`, { description: `at ${Date.now() % 1000}` }, inTheNameOf(mallory));
  // To who is limited to features, others of their own organisation are secret, too.
  const secretOrgs = scope.featureKeys === undefined ? [secretOrg] : [secretOrg, own.orgId];
  const changes = secretOrgs.flatMap((orgId) => changesOf(admin, orgId));
  return { app, admin, changeSecrets: (until) => makeAll(changes, until), changeFeature };
}

async function fill(file: string): Promise<void> {
  const store = await SqliteStore.open({ file, catalogue: "open", clock: Date.now });
  // As others have it, too, the marker is not removed in passing.
  const marked = [own.orgId, "globex"].map((orgId) => set(orgId, own.featureKey));
  await store.updateOverrides(marked, { actor: "ada", reason: "own" });
  await store.updateOverrides([set(secretOrg, secretFeature)], mallory);
  for (let from = 0; from < secretOrganisations; from += 1000) {
    const count = Math.min(1000, secretOrganisations - from);
    await store.updateOverrides(
      Array.from({ length: count }, (_, i) => set(`secretcorp-${from + i}`, secretFeature)),
      mallory,
    );
  }
  // So that revisions are further on than the number of organisations.
  for (const enabled of [false, true]) {
    await store.updateOverrides(
      Array.from({ length: 100 }, (_, i) => set(`secretcorp-${i}`, secretFeature, enabled)),
      mallory,
    );
  }
  await store.close();
}

function set(orgId: string, featureKey: string, enabled = true): OverrideUpdate {
  return { orgId, featureKey, setting: { enabled, startsAt: undefined, expiresAt: undefined }, at: "" };
}

function inTheNameOf({ actor, reason }: Call): Readonly<Record<string, string>> {
  return { "orgflags-actor": actor, "orgflags-reason": reason };
}

function changesOf(admin: World["admin"], orgId: string): readonly (() => Promise<unknown>)[] {
  const why = inTheNameOf(mallory);
  const overrides = "/api/v1/org-feature-flags";
  // Later than any write takes, sooner than this ends.
  const soon = () => new Date(Date.now() + 5000).toISOString();
  return [
    () => admin(`PUT ${overrides}/${orgId}`, { feature_key: "multi_template", enabled: true }, why),
    () =>
      admin(`PUT ${overrides}/${orgId}`, { feature_key: "multi_template", enabled: false, expires_at: soon() }, why),
    () =>
      admin(`PUT ${overrides}/secretcorp-7`, { feature_key: secretFeature, enabled: false, starts_at: soon() }, why),
    () => {
      const updates = ["secretcorp-1", "secretcorp-2"].map((org_id) => ({
        org_id,
        feature_key: secretFeature,
        enabled: false,
      }));
      return admin(`POST ${overrides}:batchUpdate`, { updates }, why);
    },
    () => admin(`DELETE ${overrides}/${orgId}/multi_template`, undefined, why),
    () => admin(`PUT ${overrides}/${orgId}`, { feature_key: secretFeature, enabled: true }, why),
    () => admin(`PUT ${overrides}/${orgId}`, { feature_key: secretFeature, enabled: false }, why),
    () => admin(`PUT ${overrides}/secretcorp-1`, { feature_key: secretFeature, enabled: true }, why),
  ];
}

async function makeAll(changes: readonly (() => Promise<unknown>)[], until: () => boolean): Promise<number> {
  let made = 0;
  while (!until()) {
    await changes[made % changes.length]?.();
    made += 1;
  }
  return made;
}
