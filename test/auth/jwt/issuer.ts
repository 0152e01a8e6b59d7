import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from "jose";
import { onTestFinished } from "vitest";

/** A key that signs, by its id. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
  readonly jwk: JSONWebKeySet["keys"][number];
  readonly alg: string;
}

/** Makes a key. */
export async function signingKey(kid: string, alg = "ES256"): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, alg, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

/** An issuer on a free port, closed when the test is over. */
export class Issuer {
  readonly url: string;
  readonly audience = "orgflags";
  /** The keys that it gives; undefined for an error. */
  keys: JSONWebKeySet | undefined;
  /** What its configuration says instead of the truth. */
  configuration: object = {};
  /** Which paths it was asked for. */
  readonly asked: string[] = [];

  private constructor(port: number, keys: JSONWebKeySet) {
    this.url = `http://127.0.0.1:${port}/realm`;
    this.keys = keys;
  }

  static async start(...keys: readonly SigningKey[]): Promise<Issuer> {
    const server = createServer((request, response) => {
      issuer.asked.push(request.url ?? "");
      const isKeys = request.url === "/realm/keys";
      const configuration = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.configuration };
      response.statusCode = isKeys && issuer.keys === undefined ? 500 : 200;
      response.end(JSON.stringify(isKeys ? issuer.keys : configuration));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    // It listens on TCP.
    const issuer = new Issuer((server.address() as AddressInfo).port, { keys: keys.map(({ jwk }) => jwk) });
    return issuer;
  }

  /** Signs claims, for an hour and for the audience where they do not say otherwise. */
  sign({ kid, alg, privateKey }: SigningKey, claims: JWTPayload): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.url, aud: this.audience, sub: "ada", exp: now + 3600, ...claims };
    return new SignJWT(all).setProtectedHeader({ alg, kid }).sign(privateKey);
  }
}
