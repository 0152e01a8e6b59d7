import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { everything } from "../../../src/domain/access.ts";
import type { NewToken } from "../../../src/domain/token.ts";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { SqliteTokenRegistry } from "../../../src/storage/sqlite/token-registry.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { call, on } from "../store-under-test.ts";

const hash = new Uint8Array(32).fill(7);
const viewer: NewToken = {
  id: "abc",
  kind: "token",
  name: "token:abc",
  role: "viewer",
  scope: { orgIds: new Set(["acme", "globex"]), featureKeys: undefined },
  expiresAt: 5000,
  hash,
};
const certificate: NewToken = { ...viewer, id: "crt", kind: "certificate", name: "billing", hash: undefined };

async function opened() {
  const file = join(temporaryFolder(), "orgflags.db");
  let now = 1000;
  const clock = () => now;
  // The registry is another connection, as of another process.
  const registry = SqliteTokenRegistry.open(file, clock);
  onTestFinished(() => registry.close());
  const store = await SqliteStore.open({ file, catalogue: "open", clock });
  onTestFinished(() => store.close());
  const turn = (ms: number) => {
    now += ms;
  };
  return { store, registry, turn, file };
}

test("what is kept of a token is what it was made with", async () => {
  const { store, registry } = await opened();
  const { hash: _, ...rest } = viewer;
  const kept = { ...rest, createdAt: 1000, lastUsedAt: undefined, revokedAt: undefined };
  expect(registry.createToken(viewer)).toEqual(kept);
  registry.createToken({ ...viewer, id: "all", scope: everything, expiresAt: undefined });
  expect(store.readToken("abc")).toEqual({ ...kept, hash: Buffer.from(hash) });
  expect(store.readToken("all")?.scope).toBe(everything);
  expect(store.readToken("abd")).toBeUndefined();
  expect(registry.listTokens().map(({ id }) => id)).toEqual(["abc", "all"]);
  expect(registry.listTokens()[0]).not.toHaveProperty("hash");
});

test("the version tells of every change of a token, by another process too, but not of its use", async () => {
  const { store, registry, turn } = await opened();
  const seen = [store.tokenVersion()];
  const look = () => seen.push(store.tokenVersion());
  registry.createToken(viewer);
  look();
  await store.noteTokenUses([{ id: "abc", time: 2000 }]);
  look();
  await store.createOverride("acme", "sms_reminders", on, call);
  look();
  turn(10);
  registry.revokeToken("abc");
  look();
  registry.revokeToken("abc");
  look();
  expect(seen).toEqual([0, 1, 1, 1, 2, 2]);
  expect(store.readToken("abc")).toMatchObject({ lastUsedAt: 2000, revokedAt: 1010 });
});

test("within one look the version is as of its beginning", async () => {
  const { store, registry } = await opened();
  store.tokenVersion();
  store.lookOnce(() => {
    expect(store.tokenVersion()).toBe(0);
    registry.createToken(viewer);
    expect(store.tokenVersion()).toBe(0);
  });
  expect(store.seenTokenVersion()).toBe(0);
  expect(store.tokenVersion()).toBe(1);
});

test("the version that was seen is no older than the changes that were read", async () => {
  const { store, registry } = await opened();
  expect(store.seenTokenVersion()).toBe(0);
  registry.createToken(viewer);
  await store.createOverride("acme", "sms_reminders", on, call);
  expect(store.readChanges(4, 10)).toHaveLength(1);
  expect(store.seenTokenVersion()).toBe(1);
});

test("uses are noted at most once a minute, and are no changes", async () => {
  const { store, registry } = await opened();
  registry.createToken(viewer);
  const lastUsed = async (time: number) => {
    await store.noteTokenUses([
      { id: "abc", time },
      { id: "gone", time },
    ]);
    return store.readToken("abc")?.lastUsedAt;
  };
  expect([await lastUsed(1_000_000), await lastUsed(1_059_999), await lastUsed(1_060_000)]).toEqual([
    1_000_000, 1_000_000, 1_060_000,
  ]);
  expect(store.readHistoryBounds().lastRevision).toBe(4);
});

test("a certificate's name counts once, and again when it was revoked", async () => {
  const { store, registry } = await opened();
  registry.createToken(certificate);
  expect(() => registry.createToken({ ...certificate, id: "cr2" })).toThrow(
    'the certificate "billing" is known already, as crt: revoke that first',
  );
  expect(store.readCertificate("billing")).toMatchObject({ id: "crt", role: "viewer" });
  registry.revokeToken("crt");
  expect(store.readCertificate("billing")).toBeUndefined();
  registry.createToken({ ...certificate, id: "cr2" });
  expect(store.readCertificate("billing")?.id).toBe("cr2");
  expect(() => registry.revokeToken("cr9")).toThrow('there is no token "cr9"');
});

test("no secret is in the file, and a row that is not whole is not taken", async () => {
  const { file } = await opened();
  const db = new Database(file);
  onTestFinished(() => void db.close());
  const insert = (kind: string, secretHash: Uint8Array | null) =>
    db
      .prepare("INSERT INTO tokens VALUES ('x', ?, 'x', 'viewer', NULL, NULL, 1, NULL, NULL, NULL, ?)")
      .run(kind, secretHash);
  expect(() => insert("token", null)).toThrow("CHECK");
  expect(() => insert("certificate", hash)).toThrow("CHECK");
});
