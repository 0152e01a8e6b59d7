import type { AppConfig } from "../assembly/app-config.ts";
import { jwtOf } from "./jwt-settings.ts";
import { limitSettings } from "./limit-settings.ts";
import type { serveSettings } from "./serve-settings.ts";
import type { Values } from "./setting.ts";
import { UsageError } from "./usage-error.ts";

type ServeValues = Values<typeof serveSettings>;

/** Puts the values of the settings together as the app takes them; throws UsageError for what does not go together. */
export function appConfigOf({
  tlsCert,
  tlsKey,
  tlsClientCa,
  tlsClientAuth,
  ratePerAddress: perAddress,
  ratePerIdentity: perIdentity,
  ...values
}: Omit<ServeValues, "workers" | "logLevel">): AppConfig {
  if (perIdentity !== undefined && values.auth === "public") {
    throw new UsageError(
      "--rate-limit-per-identity needs --auth public-read or --auth required: with public nobody says who they are",
    );
  }
  return {
    ...values,
    jwt: jwtOf(values),
    tls: tlsOf({ tlsCert, tlsKey, tlsClientCa, tlsClientAuth }),
    limits: limitsOf(values),
    rateLimits: { perAddress, perIdentity },
  };
}

function tlsOf({
  tlsCert: certFile,
  tlsKey: keyFile,
  tlsClientCa: clientCaFile,
  tlsClientAuth: clientAuth,
}: Pick<ServeValues, "tlsCert" | "tlsKey" | "tlsClientCa" | "tlsClientAuth">): AppConfig["tls"] {
  if ((clientAuth === "none") !== (clientCaFile === undefined)) {
    throw new UsageError(
      clientAuth === "none"
        ? "--tls-client-ca needs --tls-client-auth optional, or required"
        : "--tls-client-auth needs --tls-client-ca, which says whose certificates are good",
    );
  }
  if (certFile !== undefined && keyFile !== undefined) {
    return { certFile, keyFile, clientCaFile, clientAuth };
  }
  if (certFile !== undefined || keyFile !== undefined) {
    throw new UsageError(certFile === undefined ? "--tls-key needs --tls-cert" : "--tls-cert needs --tls-key");
  }
  if (clientCaFile !== undefined) {
    throw new UsageError("--tls-client-ca needs --tls-cert and --tls-key");
  }
  return undefined;
}

function limitsOf(values: Pick<ServeValues, keyof typeof limitSettings>): AppConfig["limits"] {
  const limits = Object.keys(limitSettings).map((name) => [name, values[name as keyof typeof limitSettings]]);
  // The names are those of the limits, each with what its own setting reads.
  return Object.fromEntries(limits) as AppConfig["limits"];
}
