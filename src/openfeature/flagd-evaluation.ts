import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { AnyFlagSchema, Service as ServiceV1 } from "../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import type { Service as ServiceV2 } from "../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { type Awaitable, whenReady } from "../domain/awaitable.ts";
import { DomainError, invalidArgument } from "../domain/errors.ts";
import { isFeatureKey, quote } from "../domain/validation.ts";
import type { EvaluatedFlag } from "../flags/evaluated-flags.ts";
import type { Flags } from "../flags/flags.ts";
import { requestHeader } from "../rpc/call-headers.ts";
import { scopeOf } from "../rpc/caller.ts";
import type { OrgFrom } from "./evaluation-context.ts";
import { metadataOf, variantOf } from "./evaluation-details.ts";
import { flagdEvents } from "./flagd-events.ts";
import { evaluatedOrganisation } from "./named-organisation.ts";

interface ResolveRequest {
  readonly flagKey: string;
  readonly context?: JsonObject | undefined;
}

type Resolve<T> = (request: ResolveRequest, context: HandlerContext) => Awaitable<T>;

interface Resolved {
  readonly value: boolean;
  readonly reason: string;
  readonly variant: string;
  readonly metadata: JsonObject;
}

/** `flagd.evaluation.v1.Service` over the given flags. */
export function flagdEvaluationV1(flags: Flags, orgFrom: OrgFrom): ServiceImpl<typeof ServiceV1> {
  return {
    ...commonMethods(flags, orgFrom),
    resolveAll({ context = {} }, call) {
      const orgId = evaluated(context, call, orgFrom);
      return whenReady(flags.evaluateAll(orgId, scopeOf(call)), ({ revision, toMap }) => {
        const all = Array.from(toMap(), ([key, flag]) => [key, anyFlag(orgId, flag, revision)]);
        return { flags: Object.fromEntries(all), metadata: { orgId, revision } };
      });
    },
  };
}

/** `flagd.evaluation.v2.Service` over the given flags. */
export function flagdEvaluationV2(flags: Flags, orgFrom: OrgFrom): ServiceImpl<typeof ServiceV2> {
  return commonMethods(flags, orgFrom);
}

/** What both versions have, in requests and answers of the same fields. */
function commonMethods(flags: Flags, orgFrom: OrgFrom) {
  const resolve: Resolve<Resolved> = ({ flagKey, context = {} }, call) => {
    const orgId = evaluated(context, call, orgFrom);
    requireFlagKey(flagKey);
    return whenReady(flags.evaluate(orgId, flagKey), (flag) => resolved(orgId, flag, flag.revision));
  };
  const mismatch = (type: string): Resolve<never> => {
    return (request, call) => whenReady(resolve(request, call), () => refuseType(request.flagKey, type));
  };
  return {
    resolveBoolean: resolve,
    resolveString: mismatch("string"),
    resolveFloat: mismatch("floating-point number"),
    resolveInt: mismatch("integer"),
    resolveObject: mismatch("object"),
    eventStream: (_request: unknown, call: HandlerContext) => flagdEvents(flags, scopeOf(call), call.signal),
  };
}

function evaluated(context: JsonObject, call: HandlerContext, orgFrom: OrgFrom): string {
  return evaluatedOrganisation(context, (name) => requestHeader(call, name), orgFrom);
}

function resolved(orgId: string, flag: EvaluatedFlag, revision: number): Resolved {
  const { enabled } = flag;
  const metadata = metadataOf(orgId, flag, revision);
  return { value: enabled, reason: reasonOf(flag), variant: variantOf(enabled), metadata };
}

function anyFlag(orgId: string, flag: EvaluatedFlag, revision: number): MessageInitShape<typeof AnyFlagSchema> {
  const { value, ...details } = resolved(orgId, flag, revision);
  return { ...details, value: { case: "boolValue", value } };
}

/** Never `STATIC`: clients keep such a value by its key alone, and give it to the next organisation. */
function reasonOf({ isOverride }: EvaluatedFlag): string {
  return isOverride ? "TARGETING_MATCH" : "DEFAULT";
}

function requireFlagKey(flagKey: string): void {
  if (!isFeatureKey(flagKey)) {
    throw new DomainError("NOT_FOUND", `flag_key: no flag ${quote(flagKey)} is in the catalogue`);
  }
}

function refuseType(flagKey: string, type: string): never {
  const description = `must be a flag of type ${type}; ${quote(flagKey)} is a boolean`;
  throw invalidArgument([{ field: "flag_key", description }]);
}
