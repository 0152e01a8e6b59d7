import { expect, test } from "vitest";
import { appConfigOf } from "../../src/cli/app-config.ts";
import { readArguments } from "../../src/cli/arguments.ts";
import { serveSettings } from "../../src/cli/serve-settings.ts";
import { valuesOf } from "../../src/cli/setting.ts";
import { UsageError } from "../../src/cli/usage-error.ts";
import { defaultLimits } from "../../src/server/limits.ts";

function configOf(...args: readonly string[]) {
  const asked = readArguments({ settings: serveSettings, operands: [] }, args, {});
  return asked.help ? expect.fail("asked for help") : appConfigOf(valuesOf(serveSettings, asked.texts));
}

test("the limits that are set by nothing are the server's own", () => {
  const { drainGraceMs, tlsReloadMs, ...settable } = defaultLimits;
  expect(configOf().limits).toEqual({ ...settable, maxWaitingWrites: 10_000 });
});

test("there is no TLS and no rate limit where nothing is set", () => {
  expect(configOf()).toMatchObject({ tls: undefined, rateLimits: { perAddress: undefined }, trustedProxies: [] });
});

test.for([
  ["--idle-timeout=1ms", "idleTimeoutMs", 1],
  ["--idle-timeout=90s", "idleTimeoutMs", 90_000],
  ["--idle-timeout=2m", "idleTimeoutMs", 120_000],
  ["--idle-timeout=24h", "idleTimeoutMs", 86_400_000],
  ["--max-body-bytes=1024", "maxBodyBytes", 1024],
  ["--max-body-bytes=2000B", "maxBodyBytes", 2000],
  ["--max-body-bytes=3KiB", "maxBodyBytes", 3072],
  ["--max-body-bytes=64MiB", "maxBodyBytes", 64 * 1024 ** 2],
  ["--http2-resets=5/s", "http2Resets", { perSecond: 5, burst: 5 }],
  ["--http2-resets=120/m:7", "http2Resets", { perSecond: 2, burst: 7 }],
  ["--http2-resets=3600/h", "http2Resets", { perSecond: 1, burst: 3600 }],
  ["--http2-control-frames=30/m:7", "http2ControlFrames", { perSecond: 0.5, burst: 7 }],
  ["--http2-control-frames=36/h", "http2ControlFrames", { perSecond: 0.01, burst: 36 }],
] as const)("%s sets %s", ([flag, name, value]) => {
  expect(configOf(flag).limits?.[name]).toEqual(value);
});

const times = "a time up to 24h such as 500ms, 10s, 2m or 1h";
const rates = "so many per second, minute or hour, and perhaps so many at once: 50/s, 100/m or 50/s:200";
const wholeRates =
  "a whole number per second, and perhaps so many at once, such as 33/s, 33/s:1000 or 60/m: the platform counts by seconds";
const networks = "an IP address such as 10.0.0.1, or a network such as 10.0.0.0/8";

test.for([
  ...["0s", "10", "s", "1.5s", "25h", "-1s", "10 s", "1d", ""].map((text) => ["idle-timeout", text, times] as const),
  ...["0", "1023", "65MiB", "1MB", "1.5MiB", "x"].map(
    (text) => ["max-body-bytes", text, "a size from 1KiB to 64MiB such as 4096, 16KiB or 1MiB"] as const,
  ),
  ...["0/s", "5", "5/d", "5/s:0", "5/s:", "/s", "1e3/s"].map((text) => ["http2-control-frames", text, rates] as const),
  ...["0/s", "1/h:3", "59/m", "90/m", "3601/h:10", "fast"].map((text) => ["http2-resets", text, wholeRates] as const),
  ["rate-limit-per-address", "off", rates],
  ["max-headers", "7", "a whole number from 8 to 2000"],
  ["tls-client-auth", "maybe", "none or optional or required"],
  ["trusted-proxies", "proxy.example", networks],
  ["trusted-proxies", "10.0.0.0/33", networks],
  ["trusted-proxies", "::1/129", networks],
  ["trusted-proxies", "10.0.0/8", networks],
  ["trusted-proxies", "fe80::1%eth0", networks],
])("--%s %j is refused", ([flag, text, accepted]) => {
  expect(() => configOf(`--${flag}=${text}`)).toThrow(UsageError);
  expect(() => configOf(`--${flag}=${text}`)).toThrow(` must be ${accepted}; got ${JSON.stringify(text)}`);
});

test("--trusted-proxies takes addresses and networks", () => {
  const { trustedProxies } = configOf("--trusted-proxies=10.0.0.0/8, ::1,127.0.0.1");
  expect(trustedProxies).toEqual(["10.0.0.0/8", "::1", "127.0.0.1"]);
});

test("--rate-limit-per-identity takes a rate where somebody is known", () => {
  const { rateLimits } = configOf("--rate-limit-per-identity=5/s", "--auth=public-read");
  expect(rateLimits?.perIdentity).toEqual({ perSecond: 5, burst: 5 });
});

test("--rate-limit-per-address takes a rate", () => {
  expect(configOf("--rate-limit-per-address=50/s:200").rateLimits?.perAddress).toEqual({ perSecond: 50, burst: 200 });
});

test.for([
  [["--tls-cert=c", "--tls-key=k"], { certFile: "c", keyFile: "k", clientCaFile: undefined, clientAuth: "none" }],
  [
    ["--tls-cert=c", "--tls-key=k", "--tls-client-ca=a", "--tls-client-auth=required"],
    { certFile: "c", keyFile: "k", clientCaFile: "a", clientAuth: "required" },
  ],
] as const)("%j is TLS", ([args, tls]) => {
  expect(configOf(...args).tls).toEqual(tls);
});

test.for([
  [["--tls-cert=c"], "--tls-cert needs --tls-key"],
  [["--tls-key=k"], "--tls-key needs --tls-cert"],
  [["--tls-client-ca=a"], "--tls-client-ca needs --tls-client-auth optional, or required"],
  [["--tls-client-ca=a", "--tls-client-auth=optional"], "--tls-client-ca needs --tls-cert and --tls-key"],
  [
    ["--tls-cert=c", "--tls-key=k", "--tls-client-auth=required"],
    "--tls-client-auth needs --tls-client-ca, which says whose certificates are good",
  ],
  [
    ["--rate-limit-per-identity=5/s"],
    "--rate-limit-per-identity needs --auth public-read or --auth required: with public nobody says who they are",
  ],
] as const)("%j is refused", ([args, message]) => {
  expect(() => configOf(...args)).toThrow(new UsageError(message));
});
