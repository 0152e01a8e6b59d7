import { isDeepStrictEqual } from "node:util";
import type { RestClient } from "../rest-client.ts";
import type { Pristine } from "./pristine.ts";

const base = "/api/v1/org-feature-flags";

/** What a service on a damaged database said, all answers together. */
export interface Findings {
  readonly right: number;
  /** Right for an earlier revision than the last: the end of the write-ahead log was lost. */
  readonly earlier: number;
  /** 503: it says that it can't. */
  readonly refused: number;
  /** Other than what it must be. */
  readonly wrong: readonly string[];
}

/** Asks for everything, and compares each answer with what it must be at the revision that it names. */
export async function examine(url: string, client: RestClient, pristine: Pristine): Promise<Findings> {
  const found = { right: 0, earlier: 0, refused: 0, wrong: [] as string[] };
  const note = async (path: string, expected: (revision: number) => unknown, read: (body: object) => unknown) => {
    const answer = await client.call(url + path, "GET");
    if (answer.status === 503) {
      found.refused++;
      return;
    }
    const revision = Number(answer.headers["orgflags-revision"]);
    if (answer.status !== 200 || !isDeepStrictEqual(read(JSON.parse(answer.text)), expected(revision))) {
      found.wrong.push(`${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    } else if (revision === pristine.revision) {
      found.right++;
    } else {
      found.earlier++;
    }
  };
  for (const orgId of pristine.orgIds) {
    // The shapes of the documented answers.
    await note(
      `${base}/${orgId}`,
      (revision) => pristine.flagsAt(orgId, revision),
      (body) => (body as { flags: object }).flags,
    );
  }
  for (let after = 0; after < pristine.revision; after += 500) {
    await note(
      `/api/v1/changes?page_size=500&oldest_first=true&min_revision=${after + 1}`,
      (revision) =>
        pristine
          .changesUpTo(revision)
          .slice(after, after + 500)
          .map(shortOf),
      (body) => (body as { changes: readonly Shown[] }).changes.map(shown),
    );
  }
  return found;
}

interface Shown {
  readonly revision: string;
  readonly org_id?: string;
  readonly feature_key: string;
}

function shown({ revision, org_id = "", feature_key }: Shown): string {
  return `${revision} ${org_id} ${feature_key}`;
}

function shortOf(change: ReturnType<Pristine["changesUpTo"]>[number]): string {
  return `${change.revision} ${change.kind === "override" ? change.orgId : ""} ${change.featureKey}`;
}
