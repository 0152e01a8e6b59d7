import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Service as EvaluationV1 } from "../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { Service as EvaluationV2 } from "../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { FlagSyncService } from "../../gen/flagd/sync/v1/sync_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { changeRules, featureRules, orgFeatureFlagRules, type RequireRevertible } from "./flag-rules.ts";
import { evaluationRules, type FlagdOrganisations, syncRules } from "./openfeature-rules.ts";
import type { MethodRule, ServiceRules } from "./rule.ts";

/** What rules have to ask. */
export interface RuleSources {
  readonly flagdOrganisations: FlagdOrganisations;
  readonly requireRevertible: RequireRevertible;
}

/** The rules of methods. */
export class Rules {
  readonly #rules = new Map<DescMethod, MethodRule<never>>();

  constructor({ flagdOrganisations, requireRevertible }: RuleSources) {
    const evaluation = evaluationRules(flagdOrganisations);
    this.#add(OrgFeatureFlagService, orgFeatureFlagRules);
    this.#add(FeatureService, featureRules);
    this.#add(ChangeService, changeRules(requireRevertible));
    this.#add(EvaluationV1, evaluation.v1);
    this.#add(EvaluationV2, evaluation.v2);
    this.#add(FlagSyncService, syncRules(flagdOrganisations));
    this.#add(Health, { check: "open", list: "open", watch: "open" });
    this.#add(ServerReflection, { serverReflectionInfo: { role: "viewer" } });
    this.#add(ServerReflectionV1alpha, { serverReflectionInfo: { role: "viewer" } });
  }

  /** The rule of a method; throws a TypeError where nobody has made one: then nobody is to call it. */
  of(method: DescMethod): MethodRule<never> {
    const rule = this.#rules.get(method);
    if (rule === undefined) {
      throw new TypeError(`${method.toString()} has no rule that says who may call it`);
    }
    return rule;
  }

  #add<S extends DescService>(service: S, rules: ServiceRules<S>): void {
    for (const method of service.methods) {
      // Names of methods are the keys of the rules, by their type; a rule takes the requests of its own method alone.
      const rule = (rules as Readonly<Record<string, MethodRule<never>>>)[method.localName];
      if (rule !== undefined) {
        this.#rules.set(method, rule);
      }
    }
  }
}
