import { readdirSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { grpcCall, grpcClient } from "../grpc-js-client.ts";
import { restCall } from "../rest-call.ts";
import { runOrgflags, runProgram } from "../service-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installPackage, packageFiles, shell } from "./installed-package.ts";

const root = resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const imports = /^(?:import|export|\}) .*?from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;

let folder = "";

beforeAll(() => {
  folder = installPackage();
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of the installed package's `node_modules/.bin`, or of the path. */
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runProgram(program, args, { cwd: join(folder, "user"), env: { ...shell, ...env } });
}

function orgflags(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run(join(folder, "user/node_modules/.bin/orgflags"), args, env);
}

function installed(path: string): string {
  return readFileSync(join(folder, "user/node_modules/orgflags", path), "utf8");
}

/** What Node runs of it; browsers run the rest. */
function scripts(): readonly string[] {
  return packageFiles(folder).filter((file) => /^dist\/.*\.js$/.test(file) && !file.includes("/docs-page/"));
}

test("it has what runs, what is to be read, and nothing else", () => {
  const expected = /^(?:dist\/(?:src|gen)\/|docs\/|proto\/|(?:README|CHANGELOG)\.md$|LICENSE$|package\.json$)/;
  const files = packageFiles(folder);
  expect(files.filter((file) => !expected.test(file))).toEqual([]);
  expect(files.filter((file) => /\.(?:ts|map|test\.js)$/.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "CHANGELOG.md", "dist/src/main.js"]));
});

test("it has every file of src that is no TypeScript", () => {
  const entries = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile() && !/\.(?:ts|md)$/.test(each.name));
  const paths = files.map((each) => join("dist", relative(root, each.parentPath), each.name));
  expect(paths.length).toBeGreaterThan(0);
  expect(packageFiles(folder)).toEqual(expect.arrayContaining(paths));
});

test("its scripts name no TypeScript file, of which it has none", () => {
  const naming = scripts().filter((file) => /["'`][^"'`\s]+\.ts["'`]/.test(installed(file)));
  expect(naming).toEqual([]);
});

test("it depends on what it loads, and on nothing else", () => {
  const loaded = scripts().flatMap((file) =>
    [...installed(file).matchAll(imports)].map((match) => match.slice(1).join("")),
  );
  const packages = loaded.filter((name) => !name.startsWith(".") && !isBuiltin(name));
  const names = new Set(packages.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]));
  expect([...names].sort()).toEqual(Object.keys(manifest.dependencies).sort());
});

test("npx finds it, and it says what it says from source", { timeout: 60_000 }, async () => {
  const { stdout, exitCode } = await run("npx", ["--no", "orgflags", "serve", "--help"]).ended;
  expect(exitCode).toBe(0);
  expect(stdout).toBe((await runOrgflags(["serve", "--help"]).ended).stdout);
});

test("two server processes of it answer over every protocol, and stop as asked", { timeout: 60_000 }, async () => {
  const file = join(temporaryFolder(), "orgflags.db");
  const service = orgflags(["serve", "--port", "0", "--db", file, "--workers", "2", "--access-log", "none"]);
  const url = await service.url;
  const path = "/api/v1/org-feature-flags/acme";
  const put = await restCall({ url }, `PUT ${path}`, { feature_key: "sms_reminders", enabled: true });
  expect(put.status).toBe(200);
  expect((await restCall({ url }, `GET ${path}/sms_reminders`)).body).toMatchObject({ enabled: true });
  const request = { orgId: "acme", featureKey: "sms_reminders" };
  const method = OrgFeatureFlagService.method.checkOrgFeatureFlag;
  const connect = await restCall({ url }, `POST /${OrgFeatureFlagService.typeName}/${method.name}`, request);
  expect(connect.body).toMatchObject({ enabled: true });
  expect(await grpcCall(grpcClient(url), method, request)).toMatchObject({ enabled: true });
  service.kill("SIGTERM");
  expect(await service.ended).toMatchObject({ exitCode: 0, stderr: "" });
});

test("its pages are those of the source", { timeout: 60_000 }, async () => {
  const [fromPackage, fromSource] = [orgflags, runOrgflags].map((start) =>
    start(["serve", "--port", "0", "--db", join(temporaryFolder(), "orgflags.db")]),
  );
  const pages = ["/openapi.json", "/docs", "/docs/page.css", "/docs/page.js"];
  for (const page of [...pages, "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"]) {
    const answers = [fromPackage, fromSource].map(async (each) => (await fetch((await each?.url) + page)).text());
    const [answer, expected] = await Promise.all(answers);
    expect(answer === expected, page).toBe(true);
  }
});

test("a Node that is too old is refused in words", async () => {
  const pretend = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})";
  const old = await orgflags(["serve"], { NODE_OPTIONS: `--import=data:text/javascript,${pretend}` }).ended;
  expect(old.exitCode).toBe(exitCodes.nodeTooOld);
  expect(old.stderr).toBe("orgflags needs Node 24 or newer; this is Node 20.20.2\n");
});
