import type { WriteConditions } from "../domain/call.ts";
import { invalidArgument } from "../domain/errors.ts";
import { quote } from "../domain/validation.ts";
import { revisionOf } from "./revision-text.ts";

const ifRevisionKey = "orgflags-if-revision";
const ifMatchKey = "If-Match";

// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE (RFC 9110, 8.8.3), in a list whose elements may be empty (5.6.1).
const entityTags = /^(?:[ \t]*(?:(?:W\/)?"[!#-~\u0080-\u00ff]*"[ \t]*)?(?:,|$))+$/;
const strongTags = /(W\/)?"([!#-~\u0080-\u00ff]*)"/g;
// The entity tag of a compressed answer has its coding behind the version, which has no dash of its own.
const coding = /-[a-z]+$/;

/** Reads what must hold for a write (`orgflags-if-revision`, `If-Match`); undefined where nothing must. */
export function conditionsOf(header: Pick<Headers, "get">): WriteConditions | undefined {
  const ifRevision = header.get(ifRevisionKey);
  const ifMatch = header.get(ifMatchKey);
  if (ifRevision === null && ifMatch === null) {
    return undefined;
  }
  return {
    ifRevision: ifRevision === null ? undefined : revisionOf(ifRevisionKey, ifRevision),
    ifMatch: ifMatch === null ? undefined : versions(ifMatch),
  };
}

/** Weak tags never match (RFC 9110, 13.1.1), and `"*"` is no `*`. */
function versions(ifMatch: string): readonly string[] {
  if (ifMatch.trim() === "*") {
    return ["*"];
  }
  const tags = [...ifMatch.matchAll(strongTags)];
  if (tags.length === 0 || !entityTags.test(ifMatch)) {
    const accepted = 'must be * or entity tags in quotes, separated by commas, as ETag has them: "on"';
    throw invalidArgument([{ field: ifMatchKey, description: `${accepted}; got ${quote(ifMatch)}` }]);
  }
  return tags
    .filter(([, weak, tag]) => weak === undefined && tag !== "*")
    .map(([, , tag = ""]) => tag.replace(coding, ""));
}
