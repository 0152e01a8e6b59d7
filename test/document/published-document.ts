import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";

/** One operation as the published document prints it. */
export interface Operation {
  readonly method: string;
  /** With `:org_id` and `:feature_key`. */
  readonly path: string;
  readonly request: JsonObject | undefined;
  readonly response: JsonObject;
}

const heading = /^(GET|POST|PUT|DELETE) (\/\S+)$/gm;

/** Reads the published document, which stands beside this file as it was published. */
export function publishedOperations(): readonly Operation[] {
  const text = readFileSync(join(import.meta.dirname, "org-feature-flags.txt"), "utf8");
  const [body = ""] = text.split("Additional Metadata");
  const headings = [...body.matchAll(heading)];
  return headings.map((match, index) => {
    const section = body.slice(match.index, headings[index + 1]?.index);
    const response = example(section, "Response Example");
    if (response === undefined) {
      throw new Error(`${match[0]} has no response example`);
    }
    return { method: match[1] ?? "", path: match[2] ?? "", request: example(section, "Request Example"), response };
  });
}

/** The JSON object under a title. */
function example(section: string, title: string): JsonObject | undefined {
  const start = section.indexOf(title);
  if (start < 0) {
    return undefined;
  }
  const from = section.indexOf("{", start);
  const to = section.indexOf("\n}", from) + 2;
  return JSON.parse(section.slice(from, to));
}
