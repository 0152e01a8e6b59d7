import { createGate, type Gate } from "../auth/gate.ts";
import type { Credentials } from "../auth/proof.ts";
import type { Flags } from "../flags/flags.ts";
import { evaluatedOrganisation, syncedOrganisation } from "../openfeature/named-organisation.ts";
import type { Logger } from "../rpc/logger.ts";
import { peerOf, peerOfRequest } from "../rpc/peer.ts";
import { RateLimiter } from "../rpc/rate-limiter.ts";
import type { SqliteStore } from "../storage/sqlite/store.ts";
import type { HttpRequest } from "../transcoding/body.ts";
import type { AppConfig } from "./app-config.ts";

/** Makes what lets callers in; none where everything is public, so that nothing of it is paid for. */
export function gateOf(
  { auth, jwt, orgFrom, rateLimits }: AppConfig,
  store: SqliteStore,
  flags: Flags,
  logger: Logger,
): Gate | undefined {
  if (auth === "public") {
    return undefined;
  }
  return createGate({
    mode: auth,
    jwt,
    tokens: store,
    ticketKey: store.readTicketKey(),
    clock: Date.now,
    flagdOrganisations: {
      evaluated: (context, headerOf) => evaluatedOrganisation(context, headerOf, orgFrom),
      synced: syncedOrganisation,
    },
    changeOf: async (revision) => flags.getChange(revision),
    certificateNameOf: (context) => peerOf(context).certificateName,
    perIdentity: rateLimits?.perIdentity && new RateLimiter(rateLimits.perIdentity, "this identity"),
    logger,
  });
}

/** What a request that is no call shows of who makes it. */
export function credentialsOf(request: HttpRequest): Credentials {
  return { authorization: request.headers.authorization, certificateName: peerOfRequest(request).certificateName };
}
