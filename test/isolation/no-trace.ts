import { expect } from "vitest";
import type { About } from "./asks.ts";
import type { WireAnswer, WireRequest } from "./exchange.ts";
import { type Secrets, traceIn } from "./traces.ts";

const noNumbers = { from: 1, to: 0 };

/** Looks for secrets in everything that came back. */
export function expectNoTrace(request: WireRequest, { heads, raw, messages }: WireAnswer, secrets: Secrets): void {
  const { path, body } = request;
  const parts = [Buffer.from(heads), ...messages].map((part) => traceIn(part, secrets));
  // What is compressed has any numbers.
  const found = parts.find((trace) => trace !== undefined) ?? traceIn(raw, { ...secrets, numbers: noNumbers });
  const asked = `${request.http} ${request.method} ${path} ${body?.toString("latin1") ?? ""}`;
  const answer = `${heads}\n\n${messages.map((message) => message.toString("latin1")).join("\n")}`;
  expect({ found, ...(found !== undefined && { asked, answer: answer.slice(0, 2000) }) }).toEqual({ found: undefined });
}

/** What is the same of two answers: without what differs from call to call anyway, and without what was asked by. */
export function withoutNames({ status, heads, messages }: WireAnswer, { orgId, featureKey, revision }: About): string {
  const details = /(?<=grpc-status-details-bin\n)[\w+/=-]+/;
  return [String(status), heads.replace(details, fromBase64), ...messages.map((message) => message.toString("latin1"))]
    .join("\n")
    .replaceAll(/(?<=\bdate\n)[^\n]*|(?<=\borgflags-revision\W{1,5})\d+/gi, "…")
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "…")
    .replaceAll(orgId, "ORG")
    .replaceAll(featureKey, "FEATURE")
    .replaceAll(String(revision), "REVISION");
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("latin1");
}
