import { hostName, network, rate } from "./limit-values.ts";
import type { Settings } from "./setting.ts";
import { listOf, nonEmpty, oneOf, optional } from "./setting-values.ts";

const file = optional(nonEmpty("a file name"));
const rateOrNone = (text: string) => (text === "none" ? undefined : rate(text));

/** TLS, and what is known and counted of who calls. */
export const edgeSettings = {
  tlsCert: {
    flag: "tls-cert",
    env: "ORGFLAGS_TLS_CERT",
    placeholder: "FILE",
    fallback: "",
    help: "certificate in PEM, its own first; with it the port speaks TLS alone, and it is read again when it changes",
    read: file,
  },
  tlsKey: {
    flag: "tls-key",
    env: "ORGFLAGS_TLS_KEY",
    placeholder: "FILE",
    fallback: "",
    help: "private key of the certificate, in PEM, without a passphrase",
    read: file,
  },
  tlsClientCa: {
    flag: "tls-client-ca",
    env: "ORGFLAGS_TLS_CLIENT_CA",
    placeholder: "FILE",
    fallback: "",
    help: "who issues the certificates of clients, in PEM",
    read: file,
  },
  tlsClientAuth: {
    flag: "tls-client-auth",
    env: "ORGFLAGS_TLS_CLIENT_AUTH",
    placeholder: "none|optional|required",
    fallback: "none",
    help: "whether clients show certificates: never, if they have one, or always",
    read: oneOf("none", "optional", "required"),
  },
  allowedHosts: {
    flag: "allowed-hosts",
    env: "ORGFLAGS_ALLOWED_HOSTS",
    placeholder: "LIST",
    fallback: "*",
    help: "host names that requests may be for, besides addresses and localhost, separated by commas, or * for any",
    read: listOf(hostName),
  },
  trustedProxies: {
    flag: "trusted-proxies",
    env: "ORGFLAGS_TRUSTED_PROXIES",
    placeholder: "LIST",
    fallback: "",
    help: "addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed, separated by commas",
    read: listOf(network),
  },
  ratePerAddress: {
    flag: "rate-limit-per-address",
    env: "ORGFLAGS_RATE_LIMIT_PER_ADDRESS",
    placeholder: "RATE|none",
    fallback: "none",
    help: "requests of one address (of IPv6, one /64 network): 50/s, 1000/m, or with so many at once 50/s:200",
    read: rateOrNone,
  },
  ratePerIdentity: {
    flag: "rate-limit-per-identity",
    env: "ORGFLAGS_RATE_LIMIT_PER_IDENTITY",
    placeholder: "RATE|none",
    fallback: "none",
    help: "requests of one token, user or client certificate; needs --auth public-read or required",
    read: rateOrNone,
  },
} as const satisfies Settings;
