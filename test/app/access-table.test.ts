import type { DescMethod } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { services } from "../../src/assembly/procedure-table.ts";
import { everything, type Role, type Scope } from "../../src/domain/access.ts";
import { type AppUnderTest, startApp } from "../app-under-test.ts";
import { restCall } from "../rest-call.ts";
import { bearer, only, tokenFor } from "../token-for.ts";
import { type Sample, samples } from "./access-samples.ts";
import { type Caller, callers, isServedBy } from "./method-call.ts";

type Outcome = "in" | "Unauthenticated" | "PermissionDenied";

/** Somebody, by role and scope; nobody without a role. */
interface Somebody {
  readonly role: Role | undefined;
  readonly scope: string;
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, admin: 2 };
const roles: readonly Role[] = ["viewer", "editor", "admin"];
const scopes: Readonly<Record<string, Scope>> = {
  all: everything,
  "own organisation": only("orgIds", "acme"),
  "other organisation": only("orgIds", "globex"),
  "own feature": only("featureKeys", "sms_reminders"),
  "other feature": only("featureKeys", "multi_template"),
};
const nobody: Somebody = { role: undefined, scope: "all" };
const everybody: readonly Somebody[] = [
  nobody,
  ...roles.flatMap((role) => Object.keys(scopes).map((scope) => ({ role, scope }))),
];
const methods: readonly DescMethod[] = services.flatMap((service) => service.methods);

function sampleOf({ parent, name }: DescMethod): Sample {
  return samples[parent.typeName]?.[name] ?? expect.fail(`${parent.typeName}/${name} needs a sample request`);
}

/** What is to come of a request, by the words of docs/access.md. */
function expected({ needs, names, takesAll }: Sample, { role, scope }: Somebody, isReadingPublic = false): Outcome {
  if (needs === "open" || (role === undefined && isReadingPublic && needs === "viewer")) {
    return "in";
  }
  if (role === undefined) {
    return "Unauthenticated";
  }
  const [whose = "", what = ""] = scope.split(" ");
  const isNamed = names === "both" || names === what;
  const isRefused = (whose === "other" && isNamed) || takesAll === `${what}s`;
  return ranks[role] < ranks[needs] || isRefused ? "PermissionDenied" : "in";
}

async function startWithOverride(auth: "required" | "public-read"): Promise<AppUnderTest> {
  const app = await startApp({ auth });
  const admin = bearer(tokenFor(app, "admin"));
  await restCall(app, "PUT /api/v1/org-feature-flags/acme", { feature_key: "sms_reminders", enabled: true }, admin);
  return app;
}

/** Makes every request as everybody; answers what came of each. */
async function outcomes(app: AppUnderTest, call: Caller, protocol: string, people: readonly Somebody[]) {
  const found: Record<string, string> = {};
  for (const { role, scope } of people) {
    const headers = role === undefined ? {} : bearer(tokenFor(app, role, { scope: scopes[scope] ?? everything }));
    for (const method of methods.filter((each) => isServedBy(protocol, each))) {
      const code = await call(method, sampleOf(method).request("acme", "sms_reminders"), headers);
      found[`${method.parent.name}/${method.name} as ${role} of ${scope}`] = code;
    }
  }
  return found;
}

function allExpected(protocol: string, people: readonly Somebody[], isReadingPublic = false) {
  return Object.fromEntries(
    people.flatMap((somebody) =>
      methods
        .filter((each) => isServedBy(protocol, each))
        .map((method) => [
          `${method.parent.name}/${method.name} as ${somebody.role} of ${somebody.scope}`,
          expected(sampleOf(method), somebody, isReadingPublic),
        ]),
    ),
  );
}

const refusals = ["Unauthenticated", "PermissionDenied"];
// What a request can come to that was let in: what it asks for may be there no more, or is there already.
const inside = ["ok", "NotFound", "AlreadyExists", "FailedPrecondition", "InvalidArgument"];

function asOutcomes(codes: Readonly<Record<string, string>>) {
  const named = Object.entries(codes).map(([who, code]) => [who, inside.includes(code) ? "in" : code]);
  return Object.fromEntries(named);
}

test("every method has a sample, and every sample a method", () => {
  const named = Object.entries(samples).flatMap(([service, its]) =>
    Object.keys(its).map((name) => `${service}/${name}`),
  );
  expect(named.sort()).toEqual(methods.map(({ parent, name }) => `${parent.typeName}/${name}`).sort());
});

test.for(Object.entries(callers))(
  "%s lets in who may call, of every role and scope, and nobody else",
  { timeout: 240_000 },
  async ([protocol, caller]) => {
    const app = await startWithOverride("required");
    const found = await outcomes(app, caller(app.url), protocol, everybody);
    expect(asOutcomes(found)).toEqual(allExpected(protocol, everybody));
    expect(Object.values(found).filter((code) => refusals.includes(code)).length).toBeGreaterThan(100);
    expect(app.complaints).toEqual([]);
  },
);

test("where reading is public, nobody need say who they are to read", { timeout: 60_000 }, async () => {
  const app = await startWithOverride("public-read");
  const protocol = "Connect JSON";
  const people = [nobody, ...everybody.filter(({ scope }) => scope === "other organisation")];
  const found = await outcomes(app, callers[protocol]?.(app.url) ?? expect.fail(protocol), protocol, people);
  expect(asOutcomes(found)).toEqual(allExpected(protocol, people, true));
});
