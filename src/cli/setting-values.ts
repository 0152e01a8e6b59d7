import type { AppConfig } from "../assembly/app-config.ts";
import { actorNameFault } from "../domain/actor-name.ts";
import { isFeatureKey, isOrgId } from "../domain/validation.ts";
import { isOrigin } from "../server/origin.ts";
import { Unacceptable } from "./setting.ts";

// As in the header orgflags-reason.
const maxReasonBytes = 1024;
const hourMs = 3_600_000;
const unitMs: Readonly<Record<string, number>> = { h: hourMs, d: 24 * hourMs };
// LIMITS = "all" / LIMIT [ "," LIMIT ], a LIMIT being a time in days or hours or a number of changes, each once.
const age = /^([1-9]\d{0,5})([dh])$/;
// A name, an address of IPv4, or one of IPv6 in brackets.
const hostAndPort = /^([\w.-]+|\[[\dA-Fa-f:.]+\]):(\d{1,5})$/;
const maxPort = 65_535;
const sampled = /^sampled:([1-9]\d{0,8})$/;
const count = /^[1-9]\d{0,11}$/;

/** Reads a whole number within bounds, both inclusive; `or` says what else the setting takes. */
export function wholeNumber(low: number, high: number, or = ""): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) {
      return value;
    }
    throw new Unacceptable(`a whole number from ${low} to ${high}${or}`);
  };
}

/** Reads one of some words. */
export function oneOf<T extends string>(...accepted: readonly T[]): (text: string) => T {
  return (text) => {
    const value = accepted.find((each) => each === text);
    if (value === undefined) {
      throw new Unacceptable(accepted.join(" or "));
    }
    return value;
  };
}

/** Reads a switch. */
export function onOrOff(text: string): boolean {
  return oneOf("true", "false")(text) === "true";
}

/** Reads a text that is not empty; `what` names it, as in "a file name". */
export function nonEmpty(what: string): (text: string) => string {
  return (text) => {
    if (text.trim() === "" || text.includes("\0")) {
      throw new Unacceptable(what);
    }
    return text;
  };
}

/** Reads what may be left out, as an empty text. */
export function optional<T>(read: (text: string) => T): (text: string) => T | undefined {
  return (text) => (text === "" ? undefined : read(text));
}

/** Reads a list, its parts separated by commas; an empty text is an empty list. */
export function listOf<T>(read: (text: string) => T): (text: string) => readonly T[] {
  return (text) => {
    const parts = text === "" ? [] : text.split(",").map((each) => each.trim());
    return parts.map((part) => readPart(read, part));
  };
}

/** Reads the URL of something that speaks HTTP. A name and password in it, which `fetch` would refuse, are not said again. */
export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isHttp || url.username !== "" || url.password !== "") {
    const accepted = "a URL without user and password, such as http://127.0.0.1:8080/readyz";
    throw new Unacceptable(accepted, withoutUser(text));
  }
  return text;
}

/** Reads an origin of web pages, or `*`. */
export function origin(text: string): string {
  if (text !== "*" && !isOrigin(text)) {
    throw new Unacceptable("an origin such as https://app.example:8443, or *");
  }
  return text;
}

/** Reads a host and a port; nothing of an empty text. */
export function addressOrNone(text: string): AppConfig["adminAddress"] {
  if (text === "") {
    return undefined;
  }
  const [, host = "", port = ""] = hostAndPort.exec(text) ?? [];
  if (host === "" || Number(port) > maxPort) {
    throw new Unacceptable("a host and a port, such as 127.0.0.1:9464 or [::1]:9464");
  }
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** Reads the base address of a collector of traces. A name and password in it are not said again. */
export function collector(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (
    url === undefined ||
    !isHttp ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    const accepted = "an http or https URL without user, query and fragment, such as http://127.0.0.1:4318";
    throw new Unacceptable(
      accepted,
      url === undefined ? withoutUser(text) : `${url.protocol}//${url.host}${url.pathname}`,
    );
  }
  return text;
}

/** A text that should have been a URL: what may be a name and a password in it is left out. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z]+:\/*)?.*@/is, "$1");
}

/** Reads a part of a whole. */
export function ratio(text: string): number {
  const value = /^(?:0|1|[01]?\.\d{1,9})$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) {
    return value;
  }
  throw new Unacceptable("a number from 0 to 1, such as 0.01");
}

/** Reads which calls are logged. */
export function accessLogging(text: string): AppConfig["accessLog"] {
  switch (text) {
    case "none":
      return { errorsAndWrites: false, oneReadIn: 0 };
    case "writes":
      return { errorsAndWrites: true, oneReadIn: 0 };
    case "all":
      return { errorsAndWrites: true, oneReadIn: 1 };
    default: {
      const [, oneReadIn] = sampled.exec(text) ?? [];
      if (oneReadIn === undefined) {
        throw new Unacceptable("none, writes, all, or sampled with a number from 1 to 999999999, such as sampled:1000");
      }
      return { errorsAndWrites: true, oneReadIn: Number(oneReadIn) };
    }
  }
}

/** Reads which changes are kept. */
export function retention(text: string): AppConfig["historyRetention"] {
  const limits = text === "all" ? [] : text.split(",").map((each) => each.trim());
  const ages = limits.flatMap((each) => {
    const [, amount, unit = ""] = age.exec(each) ?? [];
    return amount === undefined ? [] : [Number(amount) * (unitMs[unit] ?? 0)];
  });
  const counts = limits.filter((each) => count.test(each)).map(Number);
  if (ages.length > 1 || counts.length > 1 || ages.length + counts.length < limits.length) {
    throw new Unacceptable(
      "all, a time such as 30d or 12h, a number of changes such as 1000000, or both as 30d,1000000",
    );
  }
  return { maxAgeMs: ages[0], maxChanges: counts[0] };
}

/** Reads a list of names, of which there is one at least; `*` stands for all there are, which is undefined. */
export function allOr(read: (text: string) => string): (text: string) => ReadonlySet<string> | undefined {
  return (text) => (text === "*" ? undefined : new Set(text.split(",").map((part) => readPart(read, part.trim()))));
}

/** Reads the id of an organisation. */
export function orgId(text: string): string {
  if (!isOrgId(text)) {
    throw new Unacceptable(
      "an org_id: 1 to 128 characters of A-Z a-z 0-9 . _ : @ -, beginning with a letter or a digit",
    );
  }
  return text;
}

/** Reads the key of a feature. */
export function featureKey(text: string): string {
  if (!isFeatureKey(text)) {
    throw new Unacceptable("a feature key: 1 to 64 characters of a-z 0-9 _ . -, beginning with a lower-case letter");
  }
  return text;
}

/** Reads the name of somebody who makes changes. */
export function actorName(text: string): string {
  const fault = actorNameFault(text);
  if (fault !== undefined) {
    throw new Unacceptable(`a name, which ${fault}`);
  }
  return text;
}

/** Reads why somebody makes changes. */
export function reasonText(text: string): string {
  if (Buffer.byteLength(text) > maxReasonBytes || /\p{Cc}/u.test(text) || !text.isWellFormed()) {
    throw new Unacceptable(`a text of at most ${maxReasonBytes} bytes without control characters`);
  }
  return text;
}

/** Reads a time in days or hours, in milliseconds. */
export function duration(text: string): number {
  const [, amount, unit = ""] = age.exec(text) ?? [];
  if (amount === undefined) {
    throw new Unacceptable("a time such as 90d or 12h");
  }
  return Number(amount) * (unitMs[unit] ?? 0);
}

function readPart<T>(read: (text: string) => T, part: string): T {
  try {
    return read(part);
  } catch (error) {
    throw error instanceof Unacceptable ? new Unacceptable(error.message, error.got ?? part) : error;
  }
}
