import type { EvaluatedFlag } from "../flags/evaluated-flags.ts";

/** The names of the two values that every flag has. */
export const variants = { on: true, off: false } as const;

/** Where a value comes from. */
export type Source = "override" | "default";

/** What is told of a value beside it. A type, not an interface: it is a JSON object, too. */
export type EvaluationMetadata = {
  readonly orgId: string;
  readonly source: Source;
  /** The revision of the last change that could reach the organisation. */
  readonly revision: number;
};

/** The name of a value. */
export function variantOf(enabled: boolean): keyof typeof variants {
  return enabled ? "on" : "off";
}

/** Where the state of a flag comes from. */
export function sourceOf({ isOverride }: EvaluatedFlag): Source {
  return isOverride ? "override" : "default";
}

/** What is told of the value of a flag. */
export function metadataOf(orgId: string, flag: EvaluatedFlag, revision: number): EvaluationMetadata {
  return { orgId, source: sourceOf(flag), revision };
}
