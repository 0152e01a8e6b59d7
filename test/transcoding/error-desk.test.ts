import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorDesk } from "../../src/transcoding/error-desk.ts";
import { badRequest } from "../../src/transcoding/request-fault.ts";
import type { Incoming } from "../../src/transcoding/request-message.ts";

const reason = new Error("the client is gone");

test.for<[string, unknown, number]>([
  ["a fault of the request, found past its deadline", badRequest("body: expected gzip data"), 0],
  ["a refusal", new ConnectError("no", Code.NotFound), 0],
  ["the abort itself", reason, 0],
  ["what nobody has foreseen", new TypeError("undefined is no function"), 1],
])("of errors after the answer, %s is reported so many times", ([, error, times]) => {
  const reports: unknown[] = [];
  // Of a status form nothing is needed here, and of a request its headers and route alone.
  const desk = new ErrorDesk({} as never, (reported) => reports.push(reported));
  const incoming = { request: { headers: {} }, route: { method: undefined } } as unknown as Incoming;
  desk.reportLate(error, incoming, reason);
  expect(reports).toHaveLength(times);
});
