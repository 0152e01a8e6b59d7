// The protoc plugin: `local: ["node", "…/protoc-gen-openapi.ts"]` in a template of `buf generate`. It writes one file,
// `openapi.json`. Options: `title`, `version`, `summary`, `license` (an SPDX identifier), `security=bearer`, and `service`, once
// for each service in the order of the document; without it, all services of the files that it is asked to generate.
import type { DescService } from "@bufbuild/protobuf";
import { createEcmaScriptPlugin, getComments, runNodeJs } from "@bufbuild/protoplugin";
import { trimComment } from "./comments.ts";
import { createOpenApiDocument, type Described, type Info } from "./document.ts";

const KEYS: readonly string[] = ["title", "version", "summary", "license", "security", "service"];

interface PluginOptions {
  readonly info: Info;
  readonly services: readonly string[];
  readonly security: "bearer" | undefined;
}

runNodeJs(
  createEcmaScriptPlugin<PluginOptions>({
    name: "protoc-gen-openapi",
    version: "v1",
    parseOptions,
    generateTs({ files, options: { info, services: names, security }, ...schema }) {
      const services = choose(
        files.flatMap((file) => file.services),
        names,
      );
      const document = createOpenApiDocument({ services, info, comments, ...(security && { security }) });
      schema.generateFile("openapi.json").print(JSON.stringify(document, null, 2));
    },
  }),
);

function parseOptions(raw: readonly { key: string; value: string }[]): PluginOptions {
  const options = new Map(raw.map(({ key, value }) => [key, value]));
  const unknown = [...options.keys()].find((key) => !KEYS.includes(key));
  const [title, version] = [options.get("title"), options.get("version")];
  if (unknown !== undefined) throw new Error(`unknown option "${unknown}"; use ${KEYS.join(", ")}`);
  if (title === undefined || version === undefined) throw new Error("the options title and version are needed");
  const [summary, license] = [options.get("summary"), options.get("license")];
  const security = options.get("security");
  if (security !== undefined && security !== "bearer") throw new Error(`security must be bearer; got "${security}"`);
  return {
    security,
    services: raw.filter(({ key }) => key === "service").map(({ value }) => value),
    info: {
      title,
      version,
      ...(summary !== undefined && { summary }),
      ...(license !== undefined && { license: { name: license, identifier: license } }),
    },
  };
}

function choose(services: readonly DescService[], names: readonly string[]): readonly DescService[] {
  if (names.length === 0) return services;
  return names.map((name) => {
    const service = services.find(({ typeName }) => typeName === name);
    if (service === undefined) throw new Error(`there is no service ${name} in the files to generate`);
    return service;
  });
}

function comments(desc: Described): string {
  const { leading, trailing } = getComments(desc);
  return trimComment(leading ?? trailing ?? "");
}
