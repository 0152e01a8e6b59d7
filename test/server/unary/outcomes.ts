import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { BadRequestSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import {
  type CreateFeatureRequest,
  type CreateFeatureResponseSchema,
  FeatureService,
} from "../../../gen/orgflags/v1/feature_pb.ts";
import { DomainError, invalidArgument } from "../../../src/domain/errors.ts";
import type { Guard } from "../../../src/rpc/guard.ts";
import { connectProcedures, type Procedure } from "../../../src/rpc/procedure.ts";
import { UnaryContext } from "../../../src/server/unary/context.ts";

type Response = MessageInitShape<typeof CreateFeatureResponseSchema>;
type Outcome = (request: CreateFeatureRequest, context: HandlerContext) => Response | Promise<Response>;

/** What a creation comes to, by the feature key that it is given; other keys are answered with what was asked. */
export const outcomes: Readonly<Record<string, Outcome>> = {
  empty: () => ({}),
  async: async (request) => echo(request),
  "async metadata": async (request, context) => tell(request, context),
  metadata: tell,
  "answer headers": (request, context) => {
    setAnswerHeaders(context);
    return echo(request);
  },
  "answer headers of a long answer": ({ featureKey }, context) => {
    setAnswerHeaders(context);
    return { feature: { featureKey, description: "long ".repeat(1000) } };
  },
  "answer headers before and after metadata": (request, context) => {
    setAnswerHeaders(context);
    const answer = tell(request, context);
    setAnswerHeaders(context);
    return answer;
  },
  "error with answer headers": (_request, context) => {
    setAnswerHeaders(context);
    throw new ConnectError("not now", Code.Unavailable, errorMetadata);
  },
  "domain error with details": () => {
    throw invalidArgument([{ field: "feature_key", description: 'must be 1 to 64 of a-z and "_"; got "ü"' }]);
  },
  "domain error": () => {
    throw new DomainError("NOT_FOUND", "there is no such feature");
  },
  "domain error, late": async () => {
    throw new DomainError("FAILED_PRECONDITION", "100% späť\n\u{1f600}");
  },
  "error with metadata": (request, context) => {
    tell(request, context);
    throw new ConnectError("not now", Code.Unavailable, errorMetadata);
  },
  "error with metadata alone": () => {
    throw new ConnectError("not now", Code.ResourceExhausted, errorMetadata);
  },
  "error with details": () => {
    const value = { fieldViolations: [{ field: "a", description: "b".repeat(2000) }] };
    const details = [
      { desc: BadRequestSchema, value },
      { type: "x.Y", value: new Uint8Array([1]) },
    ];
    // A detail as a client has it goes out as it came, though the type of the parameter says otherwise.
    throw new ConnectError("", Code.Aborted, undefined, details as typeof details & []);
  },
  "error from another server": () => {
    const error = new ConnectError("passed on", Code.PermissionDenied, { "x-secret": "1" });
    Object.assign(error, { isWireError: true });
    throw error;
  },
  "error with details of another type": () => {
    const value: Record<string, unknown> = { fieldViolations: 5 };
    throw new ConnectError("broken", Code.Aborted, undefined, [{ desc: BadRequestSchema as DescMessage, value }]);
  },
  "unexpected throw": () => {
    throw new TypeError("undefined is no function");
  },
  "throw of no error": () => {
    throw "text";
  },
  "unexpected rejection": () => Promise.reject(new Error("the disk is on fire")),
  "response of another type": () => ({ feature: { createdAt: { seconds: 10n ** 15n, nanos: 1.5 } } }),
  "no response": () => undefined as unknown as Response, // An implementation in JavaScript can do that.
  "headers of the connection": (request, { responseHeader }) => {
    responseHeader.set("keep-alive", "timeout=1");
    responseHeader.set("x-kept", "1");
    return echo(request);
  },
  "until it is aborted": (_request, { signal }) =>
    new Promise((_resolve, reject) => {
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop);
      if (signal.aborted) {
        stop();
      }
    }),
};

/** The outcomes that are the same by any lane and at any time. */
export const commonOutcomes: readonly string[] = Object.keys(outcomes).filter(
  (key) => key !== "headers of the connection" && key !== "until it is aborted",
);

const errorMetadata = new Headers([
  ["x-multi", "c"],
  ["x-error-bin", "AQID"],
  ["content-type", "text/plain"],
  ["content-length", "5"],
  ["grpc-status", "0"],
  ["date", "never"],
]);

/** The procedures of the catalogue, all with outcomes; a creation has every kind of them. */
export function outcomeProcedures(guards: readonly Guard[]): readonly Procedure[] {
  const implementation: ServiceImpl<typeof FeatureService> = {
    listFeatures: () => ({}),
    getFeature: ({ featureKey }) => ({ feature: { featureKey } }),
    createFeature: (request, context) => (outcomes[request.featureKey] ?? echo)(request, context),
    updateFeature: () => ({}),
    listFeatureOrgs: () => ({}),
    deleteFeature: async ({ featureKey }) => ({ featureKey }),
  };
  return connectProcedures(FeatureService, implementation, guards);
}

/** Those of connect-node have no method for it. */
function setAnswerHeaders(context: HandlerContext): void {
  const set = context instanceof UnaryContext ? context.setAnswerHeader.bind(context) : undefined;
  for (const [name, value] of answerHeaders) {
    set === undefined ? context.responseHeader.set(name, value) : set(name, value);
  }
}

const answerHeaders = [
  ["orgflags-revision", "1"],
  ["x-last", "z"],
  ["a-first", "a"],
  ["d-between", "d"],
  ["orgflags-revision", "57"],
] as const;

function echo({ featureKey, description }: CreateFeatureRequest): Response {
  return { feature: { featureKey, description } };
}

/** Answers with all that the context says of the request, and with metadata of every kind. */
function tell({ featureKey }: CreateFeatureRequest, context: HandlerContext): Response {
  const { responseHeader, responseTrailer, requestHeader, timeoutMs, protocolName, requestMethod, method } = context;
  const held = [...responseHeader, ...responseTrailer];
  for (const metadata of [responseHeader, responseTrailer]) {
    metadata.append("x-multi", "a");
    metadata.append("x-multi", "b");
    metadata.set("x-data-bin", "AAEC");
    metadata.append("set-cookie", "a=1");
    metadata.append("set-cookie", "b=2");
  }
  const asked = [requestHeader.get("X-Multi"), requestHeader.has("x-none"), requestHeader.get("x-data-bin")];
  const sent = [...requestHeader].filter(([name]) => name !== "host" && name !== "grpc-timeout");
  const call = [typeof timeoutMs(), protocolName, requestMethod, method.name, new URL(context.url).pathname];
  return { feature: { featureKey, description: JSON.stringify({ held, asked, sent, call }) } };
}
