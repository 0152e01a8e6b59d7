import { invalidArgument } from "../domain/errors.ts";
import { isOrgId, quote } from "../domain/validation.ts";

// selector = "" / "flagSetId=" org_id
const prefix = "flagSetId=";

/** The organisation that a selector of flagd's names; undefined for an empty one. `INVALID_ARGUMENT` names the field. */
export function selectedOrganisation(field: string, selector: string | undefined): string | undefined {
  if (selector === undefined || selector === "") {
    return undefined;
  }
  const orgId = selector.startsWith(prefix) ? selector.slice(prefix.length) : "";
  if (!isOrgId(orgId)) {
    const description = `must be ${prefix}ORG_ID with an org_id, or empty; got ${quote(selector)}`;
    throw invalidArgument([{ field, description }]);
  }
  return orgId;
}

/** The selector that names an organisation. */
export function selectorOf(orgId: string): string {
  return `${prefix}${orgId}`;
}
