import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { DurationSchema, FieldMaskSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";

/*
 * protobuf-es is laxer than protobuf JSON here and there (durations "1s30", timestamps "2021-02-30T24:00:00Z"), so
 * the texts of these types are read by the letter of the comments in google/protobuf/{timestamp,duration}.proto.
 */
const TIMESTAMP =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})$/;
const DURATION = /^(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s$/;
const MASK_PATH = /^(?:\*|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)$/;
const FIRST_SECOND = Date.parse("0001-01-01T00:00:00Z") / 1000;
const LAST_SECOND = Date.parse("9999-12-31T23:59:59Z") / 1000;
const MAX_DURATION_SECONDS = 315_576_000_000;

/** A well-known type that protobuf JSON writes as one string, other than the wrappers. */
interface TextForm {
  parse(text: string): Message | undefined;
  readonly description: string;
}

const TEXT_FORMS = new Map<string, TextForm>([
  [
    TimestampSchema.typeName,
    { parse: parseTimestamp, description: "an RFC 3339 timestamp such as 2021-01-01T00:00:00Z" },
  ],
  [DurationSchema.typeName, { parse: parseDuration, description: "a duration in seconds such as 1.5s" }],
  [FieldMaskSchema.typeName, { parse: parseFieldMask, description: "field names, joined by commas" }],
]);

/** How the type is read from a text, if it is Timestamp, Duration or FieldMask. */
export function findTextForm(message: DescMessage): TextForm | undefined {
  return TEXT_FORMS.get(message.typeName);
}

function parseTimestamp(text: string): Message | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = "", zone = ""] = match;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
  // Date.parse takes 24:00 and rolls over days that a month lacks; a date that does not come back as it went is none.
  if (Number.isNaN(local) || !new Date(local * 1000).toISOString().startsWith(`${year}-${month}-${day}T${hour}:`)) {
    return undefined;
  }
  const offset = parseOffset(zone);
  if (offset === undefined) return undefined;
  const seconds = local - offset;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: parseNanos(fraction) });
}

/** The seconds that a zone is ahead of UTC. */
function parseOffset(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function parseDuration(text: string): Message | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  const seconds = BigInt(whole);
  if (seconds > MAX_DURATION_SECONDS) return undefined;
  const nanos = parseNanos(fraction);
  if (sign === "") return create(DurationSchema, { seconds, nanos });
  // Subtracting keeps a zero from becoming -0, which is another number to a comparison of messages.
  return create(DurationSchema, { seconds: -seconds, nanos: 0 - nanos });
}

function parseNanos(fraction: string): number {
  return Number(fraction.padEnd(9, "0"));
}

/** Paths come in proto names or in JSON names; the message holds proto names. */
function parseFieldMask(text: string): Message | undefined {
  const paths = text.split(",");
  if (!paths.every((path) => MASK_PATH.test(path))) return undefined;
  return create(FieldMaskSchema, { paths: paths.map(toProtoNames) });
}

/** A name with an underscore is a proto name already, whatever capitals it has. */
function toProtoNames(path: string): string {
  const toProtoName = (name: string): string =>
    name.includes("_") ? name : name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  return path.split(".").map(toProtoName).join(".");
}
