import { renameSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { type CommitSign, createCommitSign } from "../../../src/storage/sqlite/commit-sign.ts";
import { connect, prepareFile } from "../../../src/storage/sqlite/connection.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

/** A reading connection with its sign, and two connections that write. */
interface Opened {
  readonly file: string;
  readonly sign: CommitSign;
  readonly statements: string[];
  readonly writers: readonly [Database.Database, Database.Database];
  dataVersion(): unknown;
}

const kinds = {
  "the platform's": (db: Database.Database) => createCommitSign(db),
  // Where the WAL index isn't found, SQLite's counter is the sign.
  "the counter's": (db: Database.Database) => {
    const index = `${db.name}-shm`;
    renameSync(index, `${index}-away`);
    const sign = createCommitSign(db);
    renameSync(`${index}-away`, index);
    return sign;
  },
};

function open(create: (db: Database.Database) => CommitSign): Opened {
  const file = join(temporaryFolder(), "orgflags.db");
  prepareFile(file, Date.now());
  const statements: string[] = [];
  const db = connect(file, (sql) => statements.push(sql));
  const writers = [connect(file), connect(file)] as const;
  onTestFinished(() => {
    for (const each of [db, ...writers]) {
      each.close();
    }
  });
  db.prepare("SELECT count(*) FROM features").get();
  const sign = create(db);
  statements.length = 0;
  return { file, sign, statements, writers, dataVersion: () => db.pragma("data_version", { simple: true }) };
}

function commit(db: Database.Database): void {
  db.prepare("UPDATE features SET updated_at = updated_at + 1").run();
}

function look(sign: CommitSign): boolean {
  const hasMoved = sign.hasMoved();
  sign.keep();
  return hasMoved;
}

test.each(Object.entries(kinds))("%s sign moves with each commit, and with nothing else", (_, create) => {
  const { sign, writers } = open(create);
  const [one, other] = writers;
  look(sign);
  const commits = [one, other, one, one].map((db) => {
    commit(db);
    return [look(sign), look(sign)];
  });
  expect(commits).toEqual(Array(4).fill([true, false]));
  one.exec("BEGIN IMMEDIATE");
  commit(one);
  expect(sign.hasMoved()).toBe(false);
  one.exec("ROLLBACK");
  expect(sign.hasMoved()).toBe(false);
});

test("a sign that is not kept goes on saying that it has moved", () => {
  const { sign, writers } = open(createCommitSign);
  look(sign);
  commit(writers[0]);
  expect([sign.hasMoved(), sign.hasMoved(), look(sign), sign.hasMoved()]).toEqual([true, true, true, false]);
});

test("on Linux looking takes no statement", () => {
  const { sign, statements } = open(createCommitSign);
  sign.hasMoved();
  expect(statements).toEqual(process.platform === "linux" ? [] : ["PRAGMA data_version"]);
});

type Step = (opened: Opened) => void;

const steps: Readonly<Record<string, Step>> = {
  "commit by one": ({ writers }) => commit(writers[0]),
  "commit by the other": ({ writers }) => commit(writers[1]),
  "a large commit": ({ writers: [db] }) => {
    db.prepare("UPDATE features SET description = hex(randomblob(20000))").run();
  },
  rollback: ({ writers: [db] }) => {
    db.exec("BEGIN IMMEDIATE");
    commit(db);
    db.exec("ROLLBACK");
  },
  "checkpoint of what can be": ({ writers }) => void writers[0].pragma("wal_checkpoint(PASSIVE)"),
  "checkpoint and begin anew": ({ writers }) => void writers[0].pragma("wal_checkpoint(RESTART)"),
  "checkpoint and cut the log": ({ writers }) => void writers[1].pragma("wal_checkpoint(TRUNCATE)"),
  "a connection comes, writes and goes": ({ file }) => {
    const db = connect(file);
    commit(db);
    db.close();
  },
  vacuum: ({ writers }) => void writers[0].exec("VACUUM"),
};

test("whenever SQLite's own counter has moved, the sign has", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(steps)), { maxLength: 30 }), (names) => {
      const opened = open(createCommitSign);
      look(opened.sign);
      let before = opened.dataVersion();
      for (const name of names) {
        steps[name]?.(opened);
        const hasMoved = look(opened.sign);
        const after = opened.dataVersion();
        expect([name, hasMoved || after === before]).toEqual([name, true]);
        before = after;
      }
    }),
    { numRuns: 60 },
  );
});
