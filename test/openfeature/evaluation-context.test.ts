import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOrgId } from "../../src/domain/validation.ts";
import { ContextError, organisationOf } from "../../src/openfeature/evaluation-context.ts";
import { selectedOrganisation, selectorOf } from "../../src/openfeature/selector.ts";

const both = { targetingKey: "acme", org_id: "globex" };

describe("the organisation of a context", () => {
  test.for([
    ["the targeting key", "targeting-key", { targetingKey: "acme" }, "acme"],
    ["the attribute", "targeting-key", { org_id: "globex" }, "globex"],
    ["the targeting key before the attribute", "targeting-key", both, "acme"],
    ["the attribute before the targeting key", "org-id", both, "globex"],
    ["the targeting key for want of the attribute", "org-id", { targetingKey: "acme" }, "acme"],
    ["the attribute where the targeting key is empty", "targeting-key", { ...both, targetingKey: "" }, "globex"],
    ["the attribute where the targeting key is null", "targeting-key", { ...both, targetingKey: null }, "globex"],
  ] as const)("is %s", ([, orgFrom, context, orgId]) => {
    expect(organisationOf(context, orgFrom)).toBe(orgId);
  });

  test("is the one that stands in, where the context names none", () => {
    expect(organisationOf({}, "targeting-key", "initech")).toBe("initech");
    expect(organisationOf(both, "targeting-key", "initech")).toBe("acme");
  });

  test.for([
    ["targeting-key", "context.targetingKey: is required: the org_id, or else context.org_id"],
    ["org-id", "context.org_id: is required: the org_id, or else context.targetingKey"],
  ] as const)("is missed by the name that counts: %s", ([orgFrom, message]) => {
    const name = () => organisationOf({ email: "someone@acme.example" }, orgFrom);
    expect(name).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", fault: "missing", message }));
  });

  test.for([
    [42, "must be an org_id, a string; got a number"],
    [true, "must be an org_id, a string; got a boolean"],
    [["acme"], "must be an org_id, a string; got an array"],
    [{ id: "acme" }, "must be an org_id, a string; got an object"],
    ["two words", expect.stringContaining('beginning with a letter or a digit; got "two words"')],
  ] as const)("is refused where the value that counts is none: %j", ([targetingKey, description]) => {
    const name = () => organisationOf({ targetingKey, org_id: "globex" }, "targeting-key");
    const violations = [{ field: "context.targetingKey", description }];
    expect(name).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", fault: "invalid", violations }));
  });

  test("is never what an object inherits", () => {
    expect(() => organisationOf(Object.create(both), "targeting-key")).toThrow(ContextError);
  });

  test("is always one of the two values, and valid", () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom("acme", "globex", "", "-"));
    const context = fc.record({ targetingKey: value, org_id: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(context, fc.constantFrom("targeting-key", "org-id"), (given, orgFrom) => {
        try {
          const orgId = organisationOf(given, orgFrom);
          return isOrgId(orgId) && Object.values(given).includes(orgId);
        } catch (error) {
          return error instanceof ContextError;
        }
      }),
    );
  });
});

describe("a selector", () => {
  test("names an organisation, or nothing", () => {
    expect(selectedOrganisation("selector", selectorOf("acme"))).toBe("acme");
    expect(selectedOrganisation("selector", "")).toBeUndefined();
    expect(selectedOrganisation("selector", undefined)).toBeUndefined();
  });

  test.for(["acme", "source=acme", "flagSetId=", "flagSetId=a b", "flagsetid=acme", "flagSetId=acme,source=x"])(
    "that names something else is refused: %s",
    (selector) => {
      const message = `Flagd-Selector: must be flagSetId=ORG_ID with an org_id, or empty; got "${selector}"`;
      expect(() => selectedOrganisation("Flagd-Selector", selector)).toThrow(message);
    },
  );
});
