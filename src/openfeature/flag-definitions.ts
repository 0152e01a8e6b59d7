import { DomainError } from "../domain/errors.ts";
import type { FlagEvaluations } from "../flags/evaluated-flags.ts";
import { contextNames, type OrgFrom } from "./evaluation-context.ts";
import { sourceOf, variantOf, variants } from "./evaluation-details.ts";
import { selectorOf } from "./selector.ts";

/** Flag definitions in flagd's JSON form, in two parts, so that what they say can be told from how new it is. */
export interface Definitions {
  /** The flags, as a JSON object. */
  readonly flags: string;
  /** The organisation whose values they are; undefined for those of all. */
  readonly orgId: string | undefined;
  readonly revision: number;
}

/** The overrides of a flag, as two lists of organisations. */
export interface Overrides {
  readonly on: readonly string[];
  readonly off: readonly string[];
}

/** The longest document, in bytes. Clients take messages of 4 MiB; what is around the document needs some of that. */
export const maxDocumentBytes = 4 * 1024 * 1024 - 4096;

/** The values of one organisation: whatever the context, they are the organisation's. */
export function organisationDefinitions(orgId: string, { revision, toMap }: FlagEvaluations): Definitions {
  const flags = Array.from(toMap(), ([key, flag]) => {
    const variant = variantOf(flag.enabled);
    // A rule that always decides the same way: without one the reason would be STATIC.
    const targeting = { if: [flag.isOverride, variant, null] };
    return member(key, { ...definition(variant), targeting, metadata: { source: sourceOf(flag) } });
  });
  return { flags: `{${flags.join(",")}}`, orgId, revision };
}

/** One flag of a document for all organisations: those with an override by a rule, all others by the default. */
export function targetedDefinition(
  key: string,
  defaultEnabled: boolean,
  { on, off }: Overrides,
  orgFrom: OrgFrom,
): string {
  const [first, second] = contextNames(orgFrom);
  const orgId = { or: [{ var: first }, { var: second }] };
  const targeting = { if: [{ in: [orgId, on] }, "on", { in: [orgId, off] }, "off", null] };
  return member(key, { ...definition(variantOf(defaultEnabled)), targeting });
}

/** The whole document, however large. */
export function documentText({ flags, orgId, revision }: Definitions): string {
  const metadata = { flagSetId: orgId ?? "all", ...(orgId !== undefined && { orgId }), revision };
  return `{"flags":${flags},"metadata":${JSON.stringify(metadata)}}`;
}

/** The whole document for clients; `RESOURCE_EXHAUSTED` that names its size and the selector where clients would not take it. */
export function documentOf(definitions: Definitions): string {
  const { orgId } = definitions;
  const document = documentText(definitions);
  const bytes = Buffer.byteLength(document);
  if (bytes > maxDocumentBytes) {
    throw tooLarge(orgId, `${bytes.toLocaleString("en")} bytes`);
  }
  return document;
}

/** The error of definitions that are too large for clients. */
export function tooLarge(orgId: string | undefined, size: string): DomainError {
  const most = `clients take ${maxDocumentBytes.toLocaleString("en")} bytes at the most`;
  const message =
    orgId === undefined
      ? `selector: the flags of all organisations are ${size}, and ${most}; ask for one by ${selectorOf("ORG_ID")}`
      : `selector: the flags of ${orgId} are ${size}, and ${most}; archive features that are no longer used`;
  return new DomainError("RESOURCE_EXHAUSTED", message);
}

function definition(defaultVariant: keyof typeof variants): object {
  return { state: "ENABLED", variants, defaultVariant };
}

function member(key: string, value: object): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}
