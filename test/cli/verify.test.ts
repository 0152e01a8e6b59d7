import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { filledDatabase, tamper } from "../storage/sqlite/filled-database.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function verify(file: string) {
  return runOrgflags(["verify", "--db", file]).ended;
}

test("a sound database is said to be sound, with what is in it", async () => {
  const file = await filledDatabase();
  expect(await verify(file)).toMatchObject({
    exitCode: exitCodes.ok,
    stdout: `${file} is sound: 5 features, 2 overrides, 2 scheduled settings, 13 changes, revision 13\n`,
    stderr: "",
  });
});

test("what is wrong is printed line by line, then what helps", async () => {
  const file = await filledDatabase();
  tamper(file, "UPDATE summary SET organisations = 9, catalogue_revision = 9");
  expect(await verify(file)).toMatchObject({
    exitCode: exitCodes.databaseDamaged,
    stdout:
      "summary: 9 organisations are said to have overrides, but 2 have\n" +
      "summary: revision 9 is said to be the last change of a feature, but that is 13\n",
    stderr:
      `orgflags: the database ${file} is damaged: 2 findings; ` +
      `"orgflags restore --db ${file} BACKUP" puts a backup in its place\n`,
  });
});

test.for([
  ["is newer", "PRAGMA user_version = 99", exitCodes.databaseNewer],
  ["is another program's", "PRAGMA application_id = 7", exitCodes.databaseForeign],
] as const)("a database that %s is refused in words", async ([, sql, exitCode]) => {
  const file = await filledDatabase();
  tamper(file, sql);
  expect(await verify(file)).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(file) });
});

test.for([0, -1, 1, 2])(
  "a database that says it is of version %d, which it is not, is damaged to every command",
  async (version) => {
    const file = await filledDatabase();
    const backup = await filledDatabase();
    tamper(file, `PRAGMA user_version = ${version}`);
    const [exitCode, damaged] = [exitCodes.databaseDamaged, expect.stringContaining(`the database ${file} is damaged`)];
    expect(await verify(file)).toMatchObject({ exitCode, stderr: damaged });
    const serve = runOrgflags(["serve", "--port", "0", "--db", file]);
    expect(await serve.ended).toMatchObject({ exitCode, stdout: "", stderr: damaged });
    const create = runOrgflags(["token", "create", "--role", "viewer", "--db", file]);
    expect(await create.ended).toMatchObject({ exitCode, stdout: "", stderr: damaged });
    expect(await runOrgflags(["restore", "--db", file, backup]).ended).toMatchObject({ exitCode: exitCodes.ok });
    expect(await verify(file)).toMatchObject({ exitCode: exitCodes.ok });
  },
);

test("where SQLite can't make the files beside a database that it needs to read it, that is said", async () => {
  const file = await filledDatabase();
  // As on a file system that is mounted for reading only.
  mkdirSync(`${file}-wal`);
  const why = `SQLite needs to write ${basename(file)}-wal and ${basename(file)}-shm beside it: its folder has to be writable`;
  const refused = {
    exitCode: exitCodes.databaseUnwritable,
    stderr: `orgflags: the database ${file} can't be read (unable to open database file; ${why})\n`,
  };
  expect(await verify(file)).toMatchObject(refused);
  expect(await runOrgflags(["export", "--db", file]).ended).toMatchObject(refused);
  expect(await runOrgflags(["restore", "--db", `${file}.new`, file]).ended).toMatchObject(refused);
});

test("a folder is no database", async () => {
  const folder = temporaryFolder();
  expect(await verify(folder)).toMatchObject({
    exitCode: exitCodes.databaseUnwritable,
    stderr: `orgflags: the database ${folder} can't be read (it is a folder)\n`,
  });
});

test("a file that is not there is refused in words, and not made", async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const refused = {
    exitCode: exitCodes.databaseUnwritable,
    stderr: `orgflags: the database ${file} can't be read (no such file)\n`,
  };
  expect(await verify(file)).toMatchObject(refused);
  expect(await verify(file)).toMatchObject(refused);
});

test("a database is verified beside the service that writes to it, which goes on", { timeout: 120_000 }, async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const service = runService(file);
  const url = await service.url;
  let isVerifying = true;
  const verified = verify(file).finally(() => {
    isVerifying = false;
  });
  const statuses = new Set<number>();
  const headers = { "content-type": "application/json" };
  for (let i = 0; isVerifying; i++) {
    const body = JSON.stringify({ feature_key: "sms_reminders", enabled: i % 3 > 0 });
    const answer = await fetch(`${url}/api/v1/org-feature-flags/org${i % 7}`, { method: "PUT", headers, body });
    await answer.text();
    statuses.add(answer.status);
  }
  expect(await verified).toMatchObject({ exitCode: exitCodes.ok, stdout: expect.stringContaining(" is sound: ") });
  expect(statuses).toEqual(new Set([200]));
  service.kill("SIGTERM");
  expect((await service.ended).exitCode).toBe(0);
  expect(await verify(file)).toMatchObject({ exitCode: exitCodes.ok });
});
