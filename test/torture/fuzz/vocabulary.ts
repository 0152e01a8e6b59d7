import fc, { type Arbitrary } from "fast-check";

const organisations = Array.from({ length: 40 }, (_, index) => `org_${index}`);
const features = [
  "driver_declarations",
  "encrypted_storage",
  "sms_reminders",
  "multi_template",
  ...Array.from({ length: 20 }, (_, index) => `feature_${index}`),
];

/** Texts that somebody may send to do harm. */
export const hostileTexts: Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    "",
    " ",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "..",
    "../../etc/passwd",
    "a/b",
    "a%2fb",
    "%00",
    "\0",
    "\r\nx: y",
    "'; DROP TABLE overrides; --",
    "%{jndi:ldap://x}",
    "<script>alert(1)</script>",
    "\u202e\u0000\ufeff",
    "é",
    "\u{1f600}",
    "NaN",
    "null",
    "0",
    "-1",
    "18446744073709551616",
    "2026-02-30T25:61:61Z",
    "a".repeat(64),
    "a".repeat(65),
    "a".repeat(129),
    "x".repeat(1025),
    "x".repeat(5000),
  ),
);

/** Texts that a field of this name is meant for, as far as anybody knows. */
const fitting: Readonly<Record<string, Arbitrary<string>>> = {
  org_id: fc.constantFrom(...organisations),
  feature_key: fc.constantFrom(...features),
  flag_key: fc.constantFrom(...features),
  selector: fc.constantFrom(...organisations).map((id) => `flagSetId=${id}`),
  service: fc.constantFrom("", "orgflags.v1.OrgFeatureFlagService", "grpc.health.v1.Health"),
  file_containing_symbol: fc.constantFrom("orgflags.v1.OrgFeatureFlagService", "google.protobuf.Timestamp"),
};

/** Texts for a field: mostly what it is meant for. */
export function textsFor(name: string): Arbitrary<string> {
  const meant = fitting[name] ?? fitting[name.replace(/^other_/, "")];
  return meant === undefined
    ? fc.oneof(fc.lorem({ maxCount: 3 }), hostileTexts)
    : fc.oneof({ weight: 9, arbitrary: meant }, { weight: 1, arbitrary: hostileTexts });
}

/** Whole numbers around what fields are meant for and around what their types can hold. */
export const integers: Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0, 1, 101, 1000, 1001, 2 ** 31 - 1, -(2 ** 31)) },
);

/** Likewise, of 64 bits. */
export const bigIntegers: Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 5000n }) },
  { weight: 1, arbitrary: fc.constantFrom(-1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)) },
);

/** Seconds since 1970: about now, mostly, and around what a timestamp can hold. */
export const seconds: Arbitrary<bigint> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }).map((off) => BigInt(Math.floor(Date.now() / 1000) + off)) },
  { weight: 1, arbitrary: fc.constantFrom(0n, -1n, -62135596800n, -62135596801n, 253402300799n, 253402300800n) },
  { weight: 1, arbitrary: bigIntegers },
);

const tokens = fc.constantFrom(
  "0",
  "1",
  "57",
  "*",
  '"on"',
  'W/"57"',
  '"57-gzip", "off"',
  "",
  "-1",
  "1e9",
  "99999999999999999999",
);
const utf8 = hostileTexts.map((text) => Buffer.from(text).toString("latin1"));

/** Header fields that mean something to the service, with values that may be theirs. */
export const meaningfulHeaders: Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(fc.constantFrom("orgflags-actor", "orgflags-reason"), utf8),
  fc.tuple(fc.constantFrom("orgflags-if-revision", "orgflags-min-revision", "if-match", "if-none-match"), tokens),
  fc.tuple(fc.constant("idempotency-key"), fc.oneof(fc.integer({ min: 0, max: 50 }).map(String), utf8)),
  fc.tuple(
    fc.constantFrom("grpc-timeout"),
    fc.constantFrom("1n", "10m", "1S", "99999999H", "0S", "1", "S", "-1S", "123456789m"),
  ),
  fc.tuple(fc.constant("connect-timeout-ms"), fc.constantFrom("0", "1", "50", "9999999999", "99999999999", "x", "")),
  fc.tuple(fc.constant("connect-protocol-version"), fc.constantFrom("1", "2", "")),
  fc.tuple(
    fc.constantFrom("content-encoding", "grpc-encoding", "connect-content-encoding"),
    fc.constantFrom("gzip", "br", "deflate", "identity", "zstd", ""),
  ),
  fc.tuple(
    fc.constantFrom("accept-encoding", "grpc-accept-encoding", "connect-accept-encoding"),
    fc.constantFrom("gzip", "br", "gzip;q=0, *;q=0", "identity;q=0", "zstd, ,;q=x", "*"),
  ),
  fc.tuple(
    fc.constant("accept"),
    fc.constantFrom("*/*", "application/json", "text/event-stream", "application/x-ndjson", "image/png", "a;q=0,,", ""),
  ),
  fc.tuple(fc.constant("origin"), fc.constantFrom("https://app.example", "null", "x", "")),
  fc.tuple(fc.constant("last-event-id"), fc.oneof(tokens, utf8)),
  fc.tuple(
    fc.constant("flagd-selector"),
    fc.constantFrom("flagSetId=org_1", "flagSetId=", "source=x", "flagSetId=a,b"),
  ),
  fc.tuple(fc.constantFrom("expect", "te", "range", "cookie", "x-http-method-override", "x-forwarded-for"), utf8),
  fc.tuple(fc.constantFrom("__proto__", "constructor", "x-bin", "grpc-status", "grpc-trace-bin"), utf8),
);
