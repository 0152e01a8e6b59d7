import { type EvaluationContext, type OrgFrom, organisationOf } from "./evaluation-context.ts";
import { selectedOrganisation } from "./selector.ts";

/** The header by which flagd's clients choose among sets of flags. */
export const selectorHeader = "flagd-selector";

type HeaderOf = (name: string) => string | undefined;

/** The organisation that an evaluation by flagd's protocol names; throws ContextError, or `INVALID_ARGUMENT` of the header. */
export function evaluatedOrganisation(
  context: EvaluationContext | undefined,
  headerOf: HeaderOf,
  orgFrom: OrgFrom,
): string {
  return organisationOf(context ?? {}, orgFrom, selectedOrganisation("Flagd-Selector", headerOf(selectorHeader)));
}

/**
 * The organisation whose definitions are asked for; undefined for those of all. The header is the newer way to say it,
 * and counts where both are there. Throws `INVALID_ARGUMENT`.
 */
export function syncedOrganisation(selector: string, headerOf: HeaderOf): string | undefined {
  const header = headerOf(selectorHeader);
  return header === undefined || header === ""
    ? selectedOrganisation("selector", selector)
    : selectedOrganisation("Flagd-Selector", header);
}
