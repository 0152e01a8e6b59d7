// The library below needs it to be there first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const hourMs = 3_600_000;
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

type KeyPair = webcrypto.CryptoKeyPair;

/** A certificate and its private key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface Subject {
  readonly commonName?: string;
  readonly names?: readonly JsonGeneralName[];
  readonly notAfter?: Date;
}

/** Who issues certificates. */
export interface Authority {
  readonly cert: string;
  /** One for a server or a client. */
  issue(subject: Subject): Promise<Pair>;
}

/** Makes an authority of this name. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    keys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    cert: certificate.toString("pem"),
    async issue({ commonName, names = [], notAfter }) {
      const own = await generateKeys();
      const usages = [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth];
      const issued = await X509CertificateGenerator.create({
        ...validity(notAfter),
        subject: commonName === undefined ? "" : `CN=${commonName}`,
        issuer: certificate.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new ExtendedKeyUsageExtension(usages),
          ...(names.length > 0 ? [new SubjectAlternativeNameExtension([...names])] : []),
        ],
      });
      return { cert: issued.toString("pem"), key: await privateKeyOf(own) };
    },
  };
}

/** A certificate for 127.0.0.1 and localhost. */
export function issueForLoopback(authority: Authority): Promise<Pair> {
  const names: readonly JsonGeneralName[] = [
    { type: "ip", value: "127.0.0.1" },
    { type: "dns", value: "localhost" },
  ];
  return authority.issue({ commonName: "localhost", names });
}

/** The files of a pair. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Writes a pair into a folder. */
export function writePair(folder: string, { cert, key }: Pair): PairFiles {
  mkdirSync(folder, { recursive: true });
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
  return files;
}

function validity(notAfter = new Date(Date.now() + 24 * hourMs)) {
  return { notBefore: new Date(notAfter.getTime() - 48 * hourMs), notAfter, signingAlgorithm: ecdsa };
}

function generateKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
}

async function privateKeyOf({ privateKey }: KeyPair): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}
