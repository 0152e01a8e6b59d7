import type { DescService } from "@bufbuild/protobuf";
import { Service as FlagdV1 } from "../../gen/flagd/evaluation/v1/evaluation_pb.ts";
import { Service as FlagdV2 } from "../../gen/flagd/evaluation/v2/evaluation_pb.ts";
import { FlagSyncService } from "../../gen/flagd/sync/v1/sync_pb.ts";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import type { Gate } from "../auth/gate.ts";
import { originGuard } from "../auth/origin-guard.ts";
import { addressRateGuard } from "../auth/rate-guard.ts";
import type { Flags } from "../flags/flags.ts";
import { flagdEvaluationV1, flagdEvaluationV2 } from "../openfeature/flagd-evaluation.ts";
import { flagdSync } from "../openfeature/flagd-sync.ts";
import { errorGuard } from "../rpc/errors.ts";
import type { Guard } from "../rpc/guard.ts";
import type { HealthState } from "../rpc/health.ts";
import type { Logger } from "../rpc/logger.ts";
import { connectProcedures, type Procedure, procedures } from "../rpc/procedure.ts";
import type { RateLimiter } from "../rpc/rate-limiter.ts";
import { createReflection } from "../rpc/reflection.ts";
import { labelRevision, revisionGuard } from "../rpc/revision.ts";
import { isLoopback } from "../server/address.ts";
import { ChangeServiceImpl } from "../services/change-service.ts";
import { FeatureServiceImpl } from "../services/feature-service.ts";
import { OrgFeatureFlagServiceImpl } from "../services/org-feature-flag-service.ts";
import type { AppConfig } from "./app-config.ts";

/** The services that are there. */
export const services: readonly DescService[] = [
  OrgFeatureFlagService,
  FeatureService,
  ChangeService,
  FlagdV1,
  FlagdV2,
  FlagSyncService,
  Health,
  ServerReflection,
  ServerReflectionV1alpha,
];

/** What procedures are made of and guarded by. */
export interface ProcedureParts {
  readonly flags: Flags;
  readonly health: HealthState;
  readonly gate: Gate | undefined;
  readonly perAddress: RateLimiter | undefined;
  /** The guards that note what happens, outside of all others. */
  readonly observe: readonly Guard[];
  readonly logger: Logger;
}

/** Makes every procedure that is served, behind its guards. */
export function procedureTable(
  { orgFrom, corsOrigins, host }: AppConfig,
  { flags, health, gate, perAddress, observe, logger }: ProcedureParts,
): readonly Procedure[] {
  const open = [errorGuard(logger)];
  const access = gate === undefined ? [] : [gate.guard];
  // Before anybody is known, nothing is told of the database: what is too much is refused outside of that.
  const rates = perAddress === undefined ? [] : [...open, addressRateGuard(perAddress)];
  const guards = [...observe, ...rates, ...open, ...access];
  const labelled = errorGuard(logger, (error) => labelRevision(flags, error));
  const flagd = [...observe, ...rates, labelled, ...access, revisionGuard(flags)];
  const ownGuards = [...flagd, originGuard({ origins: corsOrigins, isLoopback: isLoopback(host) })];
  const reflection = createReflection(services, [file_google_rpc_error_details]);
  return [
    ...procedures(OrgFeatureFlagService, new OrgFeatureFlagServiceImpl(flags), ownGuards),
    ...procedures(FeatureService, new FeatureServiceImpl(flags), ownGuards),
    ...procedures(ChangeService, new ChangeServiceImpl(flags), ownGuards),
    ...connectProcedures(FlagdV1, flagdEvaluationV1(flags, orgFrom), flagd),
    ...connectProcedures(FlagdV2, flagdEvaluationV2(flags, orgFrom), flagd),
    ...connectProcedures(FlagSyncService, flagdSync(flags, orgFrom), flagd),
    ...connectProcedures(Health, health.implementation, [...observe, ...open]),
    ...connectProcedures(ServerReflection, reflection.v1, guards),
    ...connectProcedures(ServerReflectionV1alpha, reflection.v1alpha, guards),
  ];
}
