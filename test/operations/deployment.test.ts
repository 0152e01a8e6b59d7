import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readArguments } from "../../src/cli/arguments.ts";
import { commands } from "../../src/cli/commands.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { serveSettings } from "../../src/cli/serve-settings.ts";
import { valuesOf } from "../../src/cli/setting.ts";
import { startApp } from "../app-under-test.ts";
import { buildContext } from "../package/build-context.ts";

const root = resolve(import.meta.dirname, "../..");
const text = (path: string) => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(text("package.json"));
const kubernetes = "docs/operations/kubernetes";
const main = `/opt/orgflags/${manifest.bin.orgflags}`;
// What is under way when the service is told to stop has so many seconds to finish.
const drainSeconds = 10;

// Read as their tools do, and compared with what is known of them below.
const compose = parse(text("docs/operations/compose.yaml")).services.orgflags;
const manifests = new Map(
  ["statefulset", "service", "network-policy", "kustomization"].map((name) => [
    name,
    parse(text(`${kubernetes}/${name}.yaml`)),
  ]),
);
const podSpec = manifests.get("statefulset").spec.template.spec;
const [container] = podSpec.containers;
const dockerfile = text("Dockerfile")
  .replaceAll(/^#.*\n/gm, "")
  .split("\n")
  .filter(Boolean);
const unit = text("docs/operations/orgflags.service");

/** What the instructions of this kind say in the Dockerfile. */
function instructions(kind: string): readonly string[] {
  return dockerfile.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
}

/** The values of a key of the systemd unit. */
function unitValues(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** `NAME=VALUE NAME=VALUE` as an environment. */
function environment(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

const imageEnvironment = environment(instructions("ENV").flatMap((line) => line.split(" ")));
const podEnvironment = container.env.map(({ name, value }: Record<string, string>) => `${name}=${value}`);
const deployments: readonly [string, readonly string[], Record<string, string>][] = [
  ["Dockerfile", JSON.parse(instructions("CMD")[0] ?? ""), imageEnvironment],
  ["compose.yaml", compose.command, { ...imageEnvironment, ...compose.environment }],
  ["statefulset.yaml", container.args, { ...imageEnvironment, ...environment(podEnvironment) }],
  ["orgflags.service", (unitValues("ExecStart")[0] ?? "").split(" ").slice(1), environment(unitValues("Environment"))],
];

test.for(deployments)("%s runs serve with settings that there are", ([, [command, ...args], env]) => {
  expect(command).toBe("serve");
  const asked = readArguments({ settings: serveSettings, operands: [] }, args, env);
  const values = asked.help ? undefined : valuesOf(serveSettings, asked.texts);
  expect(values).toMatchObject({
    port: 8080,
    databaseFile: expect.stringMatching(/^(?:\/data|%S\/orgflags)\/orgflags\.db$/),
  });
  const known = commands.flatMap(({ settings }) => Object.values(settings).map((each) => each.env));
  expect(known).toEqual(expect.arrayContaining(Object.keys(env).filter((name) => name.startsWith("ORGFLAGS_"))));
});

test("the image is built of what is there, with the Node that the tests run on", () => {
  expect(buildContext.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const sources = instructions("COPY")
    .filter((line) => !line.startsWith("--from"))
    .flatMap((line) => line.split(" ").slice(0, -1));
  expect(sources.filter((path) => path !== "." && !buildContext.includes(path))).toEqual([]);
  expect(instructions("ARG")).toEqual([`NODE_VERSION=${manifest.devDependencies.node}`]);
});

test("the image runs the program of the package, and asks it for its health", () => {
  expect(JSON.parse(instructions("ENTRYPOINT")[0] ?? "")).toEqual(["node", main]);
  const [, health = ""] = (instructions("HEALTHCHECK")[0] ?? "").split(" CMD ");
  expect(JSON.parse(health)).toEqual(["node", main, "health"]);
});

test("the image runs as somebody who is not root, and Kubernetes as the same", () => {
  expect(instructions("USER")).toEqual(["1000:1000"]);
  expect(podSpec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
  });
});

test("containers write to the volume alone, and can gain no rights", () => {
  expect(compose).toMatchObject({
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    volumes: ["data:/data"],
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  expect(container.volumeMounts).toEqual([{ name: "data", mountPath: "/data" }]);
  expect(instructions("VOLUME")).toEqual(["/data"]);
});

test("compose publishes the port to this machine alone", () => {
  expect(compose.ports).toEqual(["127.0.0.1:8080:8080"]);
});

test("of what compose runs, no page writes under a name that somebody has pointed to this machine", async () => {
  const env = { ...imageEnvironment, ...compose.environment };
  const asked = readArguments({ settings: serveSettings, operands: [] }, compose.command.slice(1), env);
  const values = asked.help ? expect.fail("asked for help") : valuesOf(serveSettings, asked.texts);
  const { host, corsOrigins, allowedHosts } = values;
  const { url } = await startApp({ host, corsOrigins, allowedHosts });
  const { port } = new URL(url);
  const write = async (name: string) => {
    const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}`, "content-type": "application/json" };
    const path = "/api/v1/org-feature-flags/acme";
    const sent = request({ port, path, method: "PUT", headers, agent: false });
    const [answer] = await once(sent.end('{"feature_key":"sms_reminders","enabled":true}'), "response");
    return answer.resume().statusCode;
  };
  expect(await Promise.all(["evil.example", "localhost", "127.0.0.1", "orgflags"].map(write))).toEqual([
    421, 200, 200, 200,
  ]);
});

test("Kubernetes runs one pod, whose parts name each other as they are called", () => {
  const { metadata, spec } = manifests.get("statefulset");
  expect(spec).toMatchObject({ replicas: 1, serviceName: manifests.get("service").metadata.name });
  const { labels } = spec.template.metadata;
  expect(spec.selector.matchLabels).toEqual(labels);
  expect(manifests.get("service").spec.selector).toEqual(labels);
  expect(manifests.get("network-policy").spec.podSelector.matchLabels).toEqual(labels);
  expect(spec.volumeClaimTemplates.map((each: typeof metadata) => each.metadata.name)).toEqual(["data"]);
  const [{ name, containerPort }] = container.ports;
  expect(containerPort).toBe(serveSettings.port.read(serveSettings.port.fallback));
  expect(manifests.get("service").spec.ports[0].targetPort).toBe(name);
  expect(manifests.get("network-policy").spec.ingress[0].ports[0].port).toBe(name);
});

test("Kubernetes asks for readiness and life by the paths that there are", () => {
  expect(container).toMatchObject({
    startupProbe: { httpGet: { path: "/readyz", port: "http" } },
    readinessProbe: { httpGet: { path: "/readyz", port: "http" } },
    livenessProbe: { httpGet: { path: "/healthz", port: "http" } },
  });
});

test("kustomize takes every manifest, and the image of this version", () => {
  const { resources, images } = manifests.get("kustomization");
  const files = readdirSync(join(root, kubernetes)).filter((file) => file !== "kustomization.yaml");
  expect([...resources].sort()).toEqual(files.sort());
  expect(images).toEqual([{ name: container.image, newTag: manifest.version }]);
});

test("everybody waits longer for the end than calls under way may take", () => {
  const graces = [compose.stop_grace_period, podSpec.terminationGracePeriodSeconds, unitValues("TimeoutStopSec")[0]];
  expect(graces.map((grace) => Number.parseInt(grace, 10) > drainSeconds)).toEqual([true, true, true]);
});

test("systemd starts again what a new start may heal", () => {
  const hopeless = [
    exitCodes.usage,
    exitCodes.databaseDamaged,
    exitCodes.databaseNewer,
    exitCodes.databaseForeign,
    exitCodes.nodeTooOld,
  ];
  expect(unitValues("RestartPreventExitStatus")).toEqual([hopeless.join(" ")]);
  expect(unitValues("Restart")).toEqual(["always"]);
});

test("systemd lets V8 compile, and little else", () => {
  expect(unitValues("MemoryDenyWriteExecute")).toEqual([]);
  for (const key of ["NoNewPrivileges", "DynamicUser", "PrivateTmp", "ProtectHome"]) {
    expect(unitValues(key)).toEqual(["yes"]);
  }
  expect(unitValues("ProtectSystem")).toEqual(["strict"]);
  expect(unitValues("CapabilityBoundingSet")).toEqual([""]);
});

test("the pages say how to build, to find the program, to be let in, and to restore where nothing else runs", () => {
  const [readme, backups] = [text("docs/operations/README.md"), text("docs/operations/backup.md")];
  const builds = [...readme.matchAll(/```sh\n(.*?)```/gs)].filter(([, commands = ""]) => commands.includes("npm pack"));
  expect(builds.map(([, commands = ""]) => commands.startsWith("npm ci\nnpm pack\n"))).toEqual([true, true]);
  const [label = ""] = Object.keys(manifests.get("network-policy").spec.ingress[0].from[0].podSelector.matchLabels);
  const [, watching = ""] = readme.split("\n## Watching it\n");
  expect(watching.split("\n## ")[0]).toContain(`\`${label}: "true"\``);
  expect(readme).toContain((unitValues("ExecStart")[0] ?? "").split(" ")[0]);
  const [, pod = ""] = /```yaml\n(.*?)```/s.exec(backups) ?? [];
  const { spec } = parse(pod);
  const [claim] = manifests.get("statefulset").spec.volumeClaimTemplates;
  expect(spec.volumes[0].persistentVolumeClaim).toEqual({ claimName: `${claim.metadata.name}-orgflags-0` });
  expect(spec.securityContext).toEqual(podSpec.securityContext);
  expect(spec.containers[0]).toMatchObject({
    args: ["restore", "/data/backup.db"],
    securityContext: container.securityContext,
    volumeMounts: container.volumeMounts,
  });
  expect(backups.split(`node ${main} backup /data/backup.db`)).toHaveLength(3);
});
