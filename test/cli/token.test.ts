import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { run } from "../../src/cli/run.ts";
import { verifyFile } from "../../src/storage/sqlite/verify/verification.ts";
import { restCall } from "../rest-call.ts";
import { runOrgflags, runService } from "../service-process.ts";
import { olderDatabase } from "../storage/sqlite/filled-database.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { bearer } from "../token-for.ts";

function newFile(): string {
  return join(temporaryFolder(), "folder", "orgflags.db");
}

/** Runs a command in a process of its own. */
async function token(file: string, ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await runOrgflags(["token", ...args, "--db", file]).ended;
  return { exitCode, stdout, stderr, lastWord: lastWordOf(stdout) };
}

/** Runs a command in this process. */
async function tokenHere(file: string, ...args: readonly string[]) {
  const writes = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockReturnValue(true));
  try {
    const exitCode = await run(["token", ...args], { ORGFLAGS_DB: file });
    const [stdout = "", stderr = ""] = writes.map(({ mock }) => mock.calls.map(([text]) => String(text)).join(""));
    return { exitCode, stdout, stderr, lastWord: lastWordOf(stdout) };
  } finally {
    vi.restoreAllMocks();
  }
}

function lastWordOf(text: string): string {
  return text.trim().split(/\s/).at(-1) ?? "";
}

/** What of a token's text is secret: it may have the mark between the parts, too. */
function secretOf(token: string): string {
  return token.split("_").slice(2).join("_");
}

test("a token that another process makes lets in, until yet another one revokes it", { timeout: 120_000 }, async () => {
  const file = newFile();
  // It makes the database, too.
  const made = await token(file, "create", "--role", "viewer", "--org", "acme", "--org", "globex", "--expires", "90d");
  expect(made).toMatchObject({ exitCode: exitCodes.ok, stderr: "" });
  expect(made.lastWord).toMatch(/^ofl_/);
  const service = runService(file, "--auth", "required", "--workers", "2");
  const url = await service.url;
  const statuses = async () => {
    // Connections of their own, so that both server processes are asked.
    const calls = Array.from({ length: 8 }, () =>
      restCall({ url }, "GET /api/v1/org-feature-flags/acme", undefined, {
        ...bearer(made.lastWord),
        connection: "close",
      }),
    );
    return new Set((await Promise.all(calls)).map(({ status }) => status));
  };
  expect(await statuses()).toEqual(new Set([200]));
  const id = made.lastWord.split("_")[1] ?? "";
  expect(await token(file, "revoke", id)).toMatchObject({ exitCode: exitCodes.ok });
  expect(await statuses()).toEqual(new Set([401]));
  service.kill("SIGTERM");
  const { stdout, stderr, exitCode } = await service.ended;
  expect(exitCode).toBe(0);
  expect(`${stdout}${stderr}`).not.toContain(secretOf(made.lastWord));
});

test("the list shows all there is but secrets", async () => {
  const file = newFile();
  const made = await tokenHere(file, "create", "--role=editor", "--feature=sms_reminders", "--name=deploy bot");
  const certificate = await tokenHere(
    file,
    "create",
    "--role",
    "admin",
    "--certificate",
    "billing",
    "--expires",
    "12h",
  );
  await tokenHere(file, "revoke", certificate.lastWord);
  const id = made.lastWord.split("_")[1];
  const json = await tokenHere(file, "list", "--json");
  expect(JSON.parse(json.stdout)).toEqual([
    {
      id,
      kind: "token",
      name: "deploy bot",
      role: "editor",
      org_ids: null,
      feature_keys: ["sms_reminders"],
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    },
    expect.objectContaining({ id: certificate.lastWord, kind: "certificate", name: "billing", role: "admin" }),
  ]);
  const table = (await tokenHere(file, "list")).stdout;
  expect(table).toMatch(
    new RegExp(`^${id}  token +deploy bot +editor +counts +never +all organisations, features sms`, "m"),
  );
  expect(table).toMatch(/billing +admin +revoked \d{4}-/);
  expect(`${json.stdout}${table}`).not.toContain(secretOf(made.lastWord));
});

test.for([
  [["create"], "--role is missing"],
  [["create", "--role", "owner"], '--role must be viewer or editor or admin; got "owner"'],
  [["create", "--role", "viewer", "--org", ""], "--org must be an org_id: "],
  [["create", "--role", "viewer", "--feature", "A"], "--feature must be a feature key: "],
  [["create", "--role", "viewer", "--expires", "soon"], '--expires must be a time such as 90d or 12h; got "soon"'],
  [["create", "--role", "viewer", "--name", "system:x"], '--name must be a name, which must not begin with "system:"'],
  [
    ["create", "--role", "viewer", "--name", "a", "--certificate", "b"],
    "--name and --certificate can't be given together",
  ],
  [["create", "--role", "admin", "--expires", ""], "--expires is empty; give it a value, or leave it out"],
  [["create", "--role", "admin", "--certificate", ""], "--certificate is empty; give it a value, or leave it out"],
  [["revoke"], "ID is missing"],
  [["remove"], 'unknown word "remove" after token (token create, token list, token revoke)'],
] as const)("orgflags token %j is refused in one line", async ([args, message]) => {
  const { exitCode, stdout, stderr } = await tokenHere(newFile(), ...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: exitCodes.usage, stdout: "" });
  expect(stderr).toContain(`orgflags: ${message}`);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("a token that there is not can't be revoked", async () => {
  const file = newFile();
  await tokenHere(file, "create", "--role", "viewer");
  expect(await tokenHere(file, "revoke", "abc")).toMatchObject({
    exitCode: exitCodes.usage,
    stderr: expect.stringContaining('orgflags: there is no token "abc"'),
  });
});

test.for([[["list"]], [["revoke", "abc"]]])(
  "orgflags token %j makes no database and brings none up to date",
  async ([args = []]) => {
    const missing = newFile();
    expect(await tokenHere(missing, ...args)).toMatchObject({
      exitCode: exitCodes.databaseUnwritable,
      stderr: `orgflags: the database ${missing} can't be read (no such file)\n`,
    });
    expect(existsSync(dirname(missing))).toBe(false);
    const older = olderDatabase();
    const { exitCode, stderr } = await tokenHere(older, ...args);
    expect(exitCode).toBe(exitCodes.refused);
    expect(stderr).toContain(`${older} is of version 2: start the service on it once`);
    expect(verifyFile(older).contents?.version).toBe(2);
  },
);

test("a file that is no database of this program is left alone", async () => {
  const { exitCode, stderr } = await tokenHere("/dev/null/x", "create", "--role", "viewer");
  expect(exitCode).toBe(exitCodes.databaseUnwritable);
  expect(stderr).toContain("can't be created");
});
