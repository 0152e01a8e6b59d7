import { makeToken, makeTokenId } from "../auth/token-text.ts";
import { everything, type Scope } from "../domain/access.ts";
import type { NewToken, Token } from "../domain/token.ts";
import { defineCommand } from "./command.ts";
import { databaseFile } from "./serve-settings.ts";
import type { Settings, Values } from "./setting.ts";
import { actorName, allOr, duration, featureKey, oneOf, optional, orgId } from "./setting-values.ts";
import { scopeText } from "./token-text.ts";
import { UsageError } from "./usage-error.ts";
import { withTokens } from "./with-tokens.ts";

const settings = {
  role: {
    flag: "role",
    placeholder: "viewer|editor|admin",
    help: "what it may do: read; set and reset overrides, too; or change features and act as others, too",
    read: oneOf("viewer", "editor", "admin"),
  },
  orgIds: {
    flag: "org",
    placeholder: "ORG",
    fallback: "*",
    repeats: true,
    help: "an organisation that it is for, or * for all",
    read: allOr(orgId),
  },
  featureKeys: {
    flag: "feature",
    placeholder: "KEY",
    fallback: "*",
    repeats: true,
    help: "a feature that it is for, or * for all",
    read: allOr(featureKey),
  },
  expires: {
    flag: "expires",
    placeholder: "TIME",
    fallback: "",
    help: "how long it counts (90d, 12h); for ever where the flag is absent",
    read: optional(duration),
  },
  name: {
    flag: "name",
    placeholder: "NAME",
    fallback: "",
    help: "the actor of its changes in the history; token:ID where the flag is absent",
    read: optional(actorName),
  },
  certificate: {
    flag: "certificate",
    placeholder: "NAME",
    fallback: "",
    help: "make no token, but let in whoever shows a client certificate of that name; the name is the actor of its changes",
    read: optional(actorName),
  },
  databaseFile,
} as const satisfies Settings;

/** Lets somebody in. */
export const tokenCreate = defineCommand({
  name: "token create",
  summary: "make a token for somebody who calls the service",
  about:
    "Makes a token, whether or not a service runs on the database, and prints it as the last word: it is shown once.",
  settings,
  async run(values) {
    const made = values.certificate === undefined ? newToken(values) : newCertificate(values, values.certificate);
    return withTokens("open", values.databaseFile, (tokens) => told(tokens.createToken(made.token), made.text));
  },
});

interface Made {
  readonly token: NewToken;
  /** The last word to print. */
  readonly text: string;
}

function newToken(values: Values<typeof settings>): Made {
  const { id, text, hash } = makeToken();
  return { token: { ...common(values), id, kind: "token", name: values.name ?? `token:${id}`, hash }, text };
}

function newCertificate(values: Values<typeof settings>, name: string): Made {
  if (values.name !== undefined) {
    throw new UsageError("--name and --certificate can't be given together: the certificate's name is the actor");
  }
  const id = makeTokenId();
  return { token: { ...common(values), id, kind: "certificate", name, hash: undefined }, text: id };
}

function common({ role, orgIds, featureKeys, expires }: Values<typeof settings>) {
  const scope: Scope = orgIds === undefined && featureKeys === undefined ? everything : { orgIds, featureKeys };
  return { role, scope, expiresAt: expires === undefined ? undefined : Date.now() + expires };
}

function told({ kind, id, name, role, scope, expiresAt }: Token, text: string): string {
  const until = expiresAt === undefined ? "for ever" : `until ${new Date(expiresAt).toISOString()}`;
  const what = `${kind} ${id} of ${JSON.stringify(name)}: ${role}, ${scopeText(scope)}, ${until}`;
  return kind === "token" ? `${what}\nIt is shown this once: ${text}\n` : `${what}\nIt is revoked by its id: ${text}\n`;
}
