import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

// What a layer may import besides itself: other layers of src/, folders of gen/, packages. The design's table.
interface Layer {
  readonly layers: readonly string[];
  readonly gen: readonly string[];
  readonly packages: readonly string[];
}

const connect = ["@bufbuild/protobuf", "@connectrpc/connect"];
const served = ["rpc", "transcoding", "server", "services", "openfeature"];
const everyLayer = [...served, "flags", "storage", "domain", "auth", "observability"];

/** What reads and proves settings, and what runs several processes. */
const cliServer = ["acceptor", "address", "address-error", "admin-server", "networks", "origin", "tls-files"].map(
  (name) => `server/${name}.ts`,
);

const layers: Readonly<Record<string, Layer>> = {
  "main.ts": { layers: ["cli"], gen: [], packages: [] },
  cli: {
    layers: ["app.ts", "assembly/app-config.ts", "auth", "observability", ...cliServer, "keeping", "storage", "domain"],
    gen: [],
    packages: ["pino"],
  },
  "app.ts": { layers: [...everyLayer, "assembly"], gen: [], packages: [] },
  assembly: { layers: everyLayer, gen: ["orgflags", "flagd", "google", "grpc", "health"], packages: connect },
  server: { layers: ["rpc", "transcoding"], gen: [], packages: [...connect, "@connectrpc/connect-node"] },
  // Its protoc plugin is what takes the last of these.
  transcoding: { layers: [], gen: ["google", "transcoding"], packages: [...connect, "@bufbuild/protoplugin"] },
  rpc: { layers: ["domain"], gen: ["google", "grpc", "health"], packages: connect },
  auth: { layers: ["rpc", "domain"], gen: ["orgflags", "flagd", "grpc", "health"], packages: [...connect, "jose"] },
  observability: { layers: ["rpc", "domain"], gen: ["google"], packages: [...connect, "pino", "@opentelemetry"] },
  services: { layers: ["flags", "domain"], gen: ["orgflags"], packages: ["@bufbuild/protobuf"] },
  openfeature: { layers: ["flags", "domain", "rpc", "transcoding"], gen: ["flagd"], packages: connect },
  keeping: { layers: ["openfeature", "storage/snapshot.ts", "storage/import.ts", "domain"], gen: [], packages: [] },
  flags: { layers: ["storage/store.ts", "domain"], gen: [], packages: [] },
  storage: { layers: ["domain"], gen: [], packages: ["better-sqlite3"] },
  domain: { layers: [], gen: [], packages: [] },
};

const root = resolve(import.meta.dirname, "../..");
const imports =
  /^(?:import|export) (?:type )?(?:[\w*]+(?: as \w+)?|\{[^}]*\})(?:, \{[^}]*\})? from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm;

function sources(): string[] {
  const entries = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile() && e.name.endsWith(".ts")).map((e) => join(e.parentPath, e.name));
}

function layerOf(file: string): string {
  return relative(join(root, "src"), file).split("/")[0] ?? "";
}

/** Says why an import is not allowed, or nothing. */
function violation(file: string, specifier: string): string | undefined {
  const from = layerOf(file);
  const allowed = layers[from];
  const what = `${relative(root, file)} imports ${specifier}`;
  if (allowed === undefined) {
    return `${relative(root, file)} is in no layer of the design`;
  }
  if (specifier.startsWith("node:")) {
    return from === "domain" ? what : undefined;
  }
  if (!specifier.startsWith(".")) {
    return allowed.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)) ? undefined : what;
  }
  const path = relative(root, resolve(dirname(file), specifier));
  if (path.startsWith("gen/")) {
    return allowed.gen.includes(path.split("/")[1] ?? "") ? undefined : what;
  }
  const target = path.replace(/^src\//, "");
  const ok =
    layerOf(join(root, path)) === from || allowed.layers.some((l) => target === l || target.startsWith(`${l}/`));
  return ok ? undefined : what;
}

test("imports point downward only", () => {
  const found = sources().flatMap((file) => {
    const specifiers = [...readFileSync(file, "utf8").matchAll(imports)].map((match) => match.slice(1).join(""));
    return specifiers.flatMap((specifier) => violation(file, specifier) ?? []);
  });
  expect(found).toEqual([]);
});

test.for([
  ["src/domain/x.ts", "../flags/flags.ts"],
  ["src/domain/x.ts", "node:fs"],
  ["src/flags/x.ts", "../storage/sqlite/store.ts"],
  ["src/transcoding/x.ts", "../rpc/guard.ts"],
  ["src/transcoding/x.ts", "../../gen/orgflags/v1/feature_pb.ts"],
  ["src/services/x.ts", "better-sqlite3"],
  ["src/elsewhere/x.ts", "node:fs"],
])("an import such as %s of %s is found", ([file = "", specifier = ""]) => {
  expect(violation(join(root, file), specifier)).toBeDefined();
});
