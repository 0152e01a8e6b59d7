import type { JsonObject } from "@bufbuild/protobuf";
import type { Service as EvaluationV1 } from "../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import type { Service as EvaluationV2 } from "../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import type { FlagSyncService } from "../../gen/flagd/sync/v1/sync_pb.ts";
import { feature, type HeaderOf, type Name, organisation, type Rule, type ServiceRules } from "./rule.ts";

/** Finds the organisations that requests of flagd's protocols name; throws DomainError where they name one badly. */
export interface FlagdOrganisations {
  /** That of an evaluation; there is one in any case. */
  evaluated(context: JsonObject | undefined, headerOf: HeaderOf): string;
  /** That of definitions; undefined for all organisations. */
  synced(selector: string, headerOf: HeaderOf): string | undefined;
}

interface OfContext {
  readonly context?: JsonObject | undefined;
}

interface OfFlag extends OfContext {
  readonly flagKey: string;
}

interface OfSelector {
  readonly selector: string;
}

/** Makes the rules of who may evaluate flags by flagd's protocols. */
export function evaluationRules(organisations: FlagdOrganisations): {
  readonly v1: ServiceRules<typeof EvaluationV1>;
  readonly v2: ServiceRules<typeof EvaluationV2>;
} {
  const ofContext = ({ context }: OfContext, headerOf: HeaderOf): readonly Name[] => [
    organisation(organisations.evaluated(context, headerOf), "context"),
  ];
  const resolve: Rule<OfFlag> = {
    role: "viewer",
    names: (request, headerOf) => [...ofContext(request, headerOf), feature(request.flagKey, "flag_key")],
  };
  const v2 = {
    resolveBoolean: resolve,
    resolveString: resolve,
    resolveFloat: resolve,
    resolveInt: resolve,
    resolveObject: resolve,
    eventStream: { role: "viewer" },
  } as const;
  return { v1: { ...v2, resolveAll: { role: "viewer", names: ofContext } }, v2 };
}

/** Makes the rules of who may have definitions by flagd's protocol. */
export function syncRules(organisations: FlagdOrganisations): ServiceRules<typeof FlagSyncService> {
  const rule: Rule<OfSelector> = {
    role: "viewer",
    names: ({ selector }, headerOf) => [organisation(organisations.synced(selector, headerOf), "selector")],
  };
  return { syncFlags: rule, fetchAllFlags: rule, getMetadata: { role: "viewer" } };
}
