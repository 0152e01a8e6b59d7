import type { Awaitable } from "../domain/awaitable.ts";
import { Unauthenticated } from "../rpc/unauthenticated.ts";
import type { Authenticator, Credentials, Proof } from "./proof.ts";
import type { StoredTokens } from "./stored-tokens.ts";
import type { TicketProver } from "./ticket-prover.ts";
import { isTokenLike } from "./token-text.ts";

/** Proves whose a JSON Web Token is. */
export interface JwtProver {
  proveJwt(text: string): Awaitable<Proof>;
}

// RFC 6750, 2.1: credentials = "Bearer" 1*SP b64token; the scheme is in any case (RFC 9110, 11.1).
const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const jwt = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** What proves who calls; without a prover of JSON Web Tokens, or of tickets, there are none that count. */
export interface Provers {
  readonly tokens: StoredTokens;
  readonly jwts?: JwtProver | undefined;
  readonly tickets?: TicketProver | undefined;
}

/** Proves who calls by whatever is shown: a header counts more than a ticket, and that more than a certificate. */
export class AnyAuthenticator implements Authenticator {
  readonly #tokens: StoredTokens;
  readonly #jwts: JwtProver | undefined;
  readonly #tickets: TicketProver | undefined;

  constructor({ tokens, jwts, tickets }: Provers) {
    this.#tokens = tokens;
    this.#jwts = jwts;
    this.#tickets = tickets;
  }

  prove({ authorization, certificateName, ticket }: Credentials): Awaitable<Proof | undefined> {
    if (authorization !== undefined) {
      return this.#proveText(bearerOf(authorization));
    }
    if (ticket !== undefined && this.#tickets !== undefined) {
      return this.#tickets.proveTicket(ticket);
    }
    return certificateName === undefined ? undefined : this.#tokens.proveCertificate(certificateName);
  }

  #proveText(text: string): Awaitable<Proof> {
    if (isTokenLike(text)) {
      return this.#tokens.proveToken(text);
    }
    if (this.#jwts !== undefined && jwt.test(text)) {
      return this.#jwts.proveJwt(text);
    }
    throw new Unauthenticated("the token is none that this service knows", "invalid");
  }
}

function bearerOf(authorization: string): string {
  const [, text] = bearer.exec(authorization) ?? [];
  if (text === undefined) {
    throw new Unauthenticated('authorization: expected "Bearer" and a token', "invalid");
  }
  return text;
}
