import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

/** Whether clients show certificates: never, if they have one, or always. */
export type ClientAuth = "none" | "optional" | "required";

/** What a server of TLS proves who it is with, and what it asks of clients. */
export interface TlsOptions {
  /** The certificate and those of whoever issued it, in PEM, its own first. */
  readonly certFile: string;
  /** The private key of the certificate, in PEM. */
  readonly keyFile: string;
  /** Those who issue the certificates of clients, in PEM; needed where clients are asked for one. */
  readonly clientCaFile: string | undefined;
  readonly clientAuth: ClientAuth;
}

/** What the files hold: fit for each other and for the platform. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  /** When the certificate ends, as the platform says it. */
  readonly validTo: string;
  readonly isOver: boolean;
}

/** A file of TLS that can't be used; the message names the file and says why. */
export class TlsFileError extends Error {
  override readonly name = "TlsFileError";
}

/** Reads the files; throws TlsFileError for what a server can't be started with. A certificate that is over is no such thing. */
export function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsOptions): TlsMaterial {
  const cert = read("certificate", certFile);
  const key = read("key", keyFile);
  const ca = clientCaFile === undefined ? undefined : read("client CA", clientCaFile);
  const certificate = certificateIn("certificate", certFile, cert);
  if (!certificate.checkPrivateKey(keyIn(keyFile, key))) {
    throw new TlsFileError(`the key in ${keyFile} is not the key of the certificate in ${certFile}`);
  }
  if (clientCaFile !== undefined && ca !== undefined) {
    certificateIn("client CA", clientCaFile, ca);
  }
  try {
    createSecureContext({ cert, key, ca });
  } catch (error) {
    throw new TlsFileError(`the certificate in ${certFile} and its key can't be used: ${reasonOf(error)}`);
  }
  const { validTo } = certificate;
  return { cert, key, ca, validTo, isOver: Date.parse(validTo) < Date.now() };
}

function read(what: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TlsFileError(`the ${what} file ${file} can't be read (${codeOf(error)})`);
  }
}

function certificateIn(what: string, file: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    // What the platform says of it (the names of parsing routines) helps nobody.
    throw new TlsFileError(`the ${what} file ${file} must hold a certificate in PEM`);
  }
}

function keyIn(file: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // As above.
    throw new TlsFileError(`the key file ${file} must hold a private key in PEM, without a passphrase`);
  }
}

/** The message of the platform has the path once more. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : reasonOf(error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
