import type { AuthMode } from "../auth/access.ts";
import type { JwtOptions } from "../auth/jwt/jwt-options.ts";
import type { Settings, Values } from "./setting.ts";
import { httpUrl, listOf, nonEmpty, optional } from "./setting-values.ts";
import { UsageError } from "./usage-error.ts";

const claim = nonEmpty("the name of a claim, or from / on its path");

/** The settings of JSON Web Tokens. */
export const jwtSettings = {
  jwtIssuer: {
    flag: "jwt-issuer",
    env: "ORGFLAGS_JWT_ISSUER",
    placeholder: "URL",
    fallback: "",
    help: "OpenID issuer whose JSON Web Tokens count beside tokens of this service",
    read: optional(httpUrl),
  },
  jwtAudiences: {
    flag: "jwt-audience",
    env: "ORGFLAGS_JWT_AUDIENCE",
    placeholder: "LIST",
    fallback: "",
    help: "whom the issuer's tokens have to be for (aud), one of these; has to be given with an issuer",
    read: listOf(nonEmpty("a text")),
  },
  jwtKeys: {
    flag: "jwt-jwks",
    env: "ORGFLAGS_JWT_JWKS",
    placeholder: "URL|FILE",
    fallback: "",
    help: "the issuer's keys, by URL or as a file that is followed; where it is absent the issuer tells",
    read: optional((text) =>
      /^https?:/i.test(text) ? new URL(httpUrl(text)) : nonEmpty("a URL or a file name")(text),
    ),
  },
  jwtRoleClaim: {
    flag: "jwt-role-claim",
    env: "ORGFLAGS_JWT_ROLE_CLAIM",
    placeholder: "CLAIM",
    fallback: "orgflags_role",
    help: "claim of the role: viewer, editor or admin, or a list with one of them",
    read: claim,
  },
  jwtOrgsClaim: {
    flag: "jwt-orgs-claim",
    env: "ORGFLAGS_JWT_ORGS_CLAIM",
    placeholder: "CLAIM|none",
    fallback: "orgflags_orgs",
    help: "claim of the organisations: a list, a text with spaces, or * for all; none if every token is for all of them",
    read: (text: string) => (text === "none" ? undefined : claim(text)),
  },
  jwtFeaturesClaim: {
    flag: "jwt-features-claim",
    env: "ORGFLAGS_JWT_FEATURES_CLAIM",
    placeholder: "CLAIM",
    fallback: "orgflags_features",
    help: "claim of the features, likewise; a token without it is for all of them",
    read: claim,
  },
  jwtNameClaim: {
    flag: "jwt-name-claim",
    env: "ORGFLAGS_JWT_NAME_CLAIM",
    placeholder: "CLAIM",
    fallback: "sub",
    help: "claim of the name under which changes are made",
    read: claim,
  },
} as const satisfies Settings;

/** What JSON Web Tokens count by the settings; throws UsageError where those don't fit each other. */
export function jwtOf(values: Values<typeof jwtSettings> & { readonly auth: AuthMode }): JwtOptions | undefined {
  const { auth, jwtIssuer: issuer, jwtAudiences: audiences, jwtKeys: keys } = values;
  if (issuer === undefined) {
    if (audiences.length > 0 || keys !== undefined) {
      throw new UsageError("--jwt-audience and --jwt-jwks can't be given without --jwt-issuer");
    }
    return undefined;
  }
  if (audiences.length === 0) {
    throw new UsageError("--jwt-issuer needs --jwt-audience: tokens that the issuer made for others must not count");
  }
  if (auth === "public") {
    throw new UsageError("--jwt-issuer needs --auth public-read or --auth required: with public no token is looked at");
  }
  const { jwtRoleClaim, jwtOrgsClaim, jwtFeaturesClaim, jwtNameClaim } = values;
  const claims = { role: jwtRoleClaim, orgs: jwtOrgsClaim, features: jwtFeaturesClaim, name: jwtNameClaim };
  return { issuer, audiences, keys, claims };
}
