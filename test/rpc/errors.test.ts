import { Code, ConnectError, createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { BadRequestSchema, PreconditionFailureSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { DomainError, type DomainErrorCode, invalidArgument } from "../../src/domain/errors.ts";
import { connectErrorOf, errorGuard } from "../../src/rpc/errors.ts";
import { collect } from "./collect.ts";

const method = FeatureService.method.getFeature;

function contextWith(requestSignal?: AbortSignal): HandlerContext {
  const signal = requestSignal === undefined ? {} : { requestSignal };
  const url = "http://x/a";
  return createHandlerContext({
    service: method.parent,
    method,
    protocolName: "grpc",
    requestMethod: "POST",
    url,
    ...signal,
  });
}

type Fail = () => never;

/** What a caller sees of an error, by each way that an implementation can fail, and what was logged of it. */
const ways: readonly (readonly [string, (fail: Fail, context: HandlerContext, log: object[]) => Promise<unknown>])[] = [
  [
    "thrown",
    async (fail, context, log) => {
      const answer = guard(log).single(method, fail);
      return caught(async () => answer({}, context));
    },
  ],
  [
    "rejected",
    async (fail, context, log) => {
      const answer = guard(log).single(method, async () => fail());
      return caught(async () => answer({}, context));
    },
  ],
  [
    "thrown by a stream",
    async (fail, context, log) => {
      const answer = guard(log).stream(method, async function* () {
        yield {};
        fail();
      });
      return caught(() => collect(answer({}, context)));
    },
  ],
];

function guard(log: object[]) {
  return errorGuard({ error: (fields, message) => void log.push({ ...fields, message }) });
}

async function caught(action: () => Promise<unknown>): Promise<unknown> {
  try {
    return await action();
  } catch (error) {
    return error;
  }
}

function failing(error: unknown): Fail {
  return () => {
    throw error;
  };
}

describe.each(ways)("an error %s", (_name, see) => {
  test("of the domain that has a cause is logged with it, and does not let it out", async () => {
    const log: object[] = [];
    const refusal = new DomainError("UNAVAILABLE", "nothing was stored");
    refusal.cause = new Error("disk full");
    const error = await see(failing(refusal), contextWith(), log);
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "nothing was stored" });
    const procedure = "orgflags.v1.FeatureService/GetFeature";
    expect(log).toEqual([
      { err: refusal.cause, requestId: expect.any(String), procedure, message: "nothing was stored" },
    ]);
  });

  test("of the domain gets its code", async () => {
    const log: object[] = [];
    const error = await see(failing(new DomainError("NOT_FOUND", "no such feature")), contextWith(), log);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no such feature", details: [] });
    expect(log).toEqual([]);
  });

  test("of Connect passes as it is", async () => {
    const refusal = new ConnectError("who are you", Code.Unauthenticated);
    expect(await see(failing(refusal), contextWith(), [])).toBe(refusal);
  });

  test("that nobody expected is INTERNAL with a request id, and logged with its cause", async () => {
    const log: object[] = [];
    const cause = new TypeError("x is not a function");
    const error = await see(failing(cause), contextWith(), log);
    const [requestId] = /[0-9a-f-]{36}/.exec(String(error)) ?? [];
    expect(error).toMatchObject({
      code: Code.Internal,
      rawMessage: `internal error (request id ${requestId})`,
      cause: undefined,
    });
    expect(log).toEqual([
      { err: cause, requestId, procedure: "orgflags.v1.FeatureService/GetFeature", message: "unexpected error" },
    ]);
  });

  test("because of an abort says why it was aborted", async () => {
    const log: object[] = [];
    const reason = new ConnectError("the server is shutting down", Code.Unavailable);
    const aborted = new DOMException("This operation was aborted", "AbortError");
    expect(await see(failing(aborted), contextWith(AbortSignal.abort(reason)), log)).toMatchObject({
      code: reason.code,
      rawMessage: reason.rawMessage,
    });
    expect(log).toEqual([]);
  });

  test("that is no Error is unexpected, too", async () => {
    expect(await see(failing("a string"), contextWith(), [])).toMatchObject({ code: Code.Internal });
  });
});

test("what succeeds stays as it is", () => {
  const message = { featureKey: "a" };
  const answer = guard([]).single(method, () => message);
  expect(answer({}, contextWith())).toBe(message);
});

test.each<[DomainErrorCode, Code]>([
  ["INVALID_ARGUMENT", Code.InvalidArgument],
  ["NOT_FOUND", Code.NotFound],
  ["ALREADY_EXISTS", Code.AlreadyExists],
  ["FAILED_PRECONDITION", Code.FailedPrecondition],
  ["ABORTED", Code.Aborted],
  ["OUT_OF_RANGE", Code.OutOfRange],
  ["RESOURCE_EXHAUSTED", Code.ResourceExhausted],
  ["UNAVAILABLE", Code.Unavailable],
])("%s is the code of that name", (domainCode, code) => {
  expect(connectErrorOf(new DomainError(domainCode, "no")).code).toBe(code);
});

test("violations become a google.rpc.BadRequest", () => {
  const violations = [
    { field: "updates[3].org_id", description: "must not be empty" },
    { field: "updates[4].feature_key", description: "must begin with a letter" },
  ];
  const [badRequest, ...others] = connectErrorOf(invalidArgument(violations)).findDetails(BadRequestSchema);
  expect(badRequest).toMatchObject({ fieldViolations: violations });
  expect(others).toEqual([]);
});

test("a condition that does not hold becomes a google.rpc.PreconditionFailure", () => {
  const message = 'If-Match: the flag has the version "on"';
  const error = connectErrorOf(new DomainError("ABORTED", message, [], "IF_MATCH"));
  const violation = { type: "IF_MATCH", subject: "If-Match", description: message };
  expect(error.findDetails(PreconditionFailureSchema)).toMatchObject([{ violations: [violation] }]);
  expect(connectErrorOf(new DomainError("ABORTED", "no")).details).toEqual([]);
});

test("a label is put on every error, expected or not", async () => {
  const label = ({ metadata }: ConnectError) => metadata.set("orgflags-revision", "7");
  const { single } = errorGuard({ error() {} }, label);
  for (const error of [new DomainError("NOT_FOUND", "no"), new TypeError("x is not a function")]) {
    const told = await caught(async () => single(method, failing(error))({}, contextWith()));
    expect(told).toBeInstanceOf(ConnectError);
    expect(ConnectError.from(told).metadata.get("orgflags-revision")).toBe("7");
  }
});

test("an error that passes two guards keeps the id under which it was logged", async () => {
  const log: { requestId?: string }[] = [];
  const twice = errorGuard({ error() {} });
  const inner = errorGuard({ error: (fields) => void log.push(fields) });
  const answer = twice.single(method, inner.single(method, failing(new TypeError("x is not a function"))));
  const told = ConnectError.from(await caught(async () => answer({}, contextWith())));
  const requestId = told.metadata.get("x-request-id");
  expect(log).toMatchObject([{ requestId }]);
  expect(told.rawMessage).toBe(`internal error (request id ${requestId})`);
});
