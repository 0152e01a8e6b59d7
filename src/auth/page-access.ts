import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import { Unauthenticated } from "../rpc/unauthenticated.ts";
import type { Access } from "./access.ts";
import { requireNeeds } from "./permission.ts";
import type { Credentials } from "./proof.ts";
import type { Needs } from "./rule.ts";

// RFC 7617, 2: credentials = "Basic" 1*SP base64(user-id ":" password)
const basic = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const basicChallenge = 'Basic realm="orgflags", charset="UTF-8"';

/**
 * Makes what lets in who may see pages: a viewer at least, for all that the pages `need`. A browser has no way to send a
 * token but HTTP Basic, so the password is taken for one, whatever the name. What it throws asks for either.
 */
export function pageAccess(access: Access, needs: Needs = {}): (credentials: Credentials) => Awaitable<void> {
  const admit = (credentials: Credentials) =>
    whenReady(access.admit(withBearer(credentials), "viewer"), (proof) => {
      if (proof !== undefined) {
        requireNeeds(proof.identity.scope, needs);
      }
    });
  return (credentials) => {
    try {
      const admitted = admit(credentials);
      return admitted instanceof Promise ? admitted.catch(refuse) : admitted;
    } catch (error) {
      return refuse(error);
    }
  };
}

function withBearer({ authorization, certificateName }: Credentials): Credentials {
  const [, encoded] = basic.exec(authorization ?? "") ?? [];
  if (encoded === undefined) {
    return { authorization, certificateName };
  }
  const pair = Buffer.from(encoded, "base64").toString("latin1");
  return { authorization: `Bearer ${pair.slice(pair.indexOf(":") + 1)}`, certificateName };
}

function refuse(error: unknown): never {
  throw error instanceof Unauthenticated ? error.asking(basicChallenge) : error;
}
