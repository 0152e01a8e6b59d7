import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { FeatureService } from "../../../gen/orgflags/v1/feature_pb.ts";
import type { Guard } from "../../../src/rpc/guard.ts";
import { connectProcedures, type Procedure } from "../../../src/rpc/procedure.ts";

/** A catalogue whose calls a test follows from inside: deletions wait until they are let go. */
export interface WatchedCalls {
  procedures(guards: readonly Guard[]): readonly Procedure[];
  /** Resolves with the context of the next call, when its implementation is called. */
  next(): Promise<HandlerContext>;
  /** How many calls have come to an implementation. */
  readonly count: number;
  /** Lets all deletions finish, those to come as well. */
  open(): void;
}

export function watchCalls(): WatchedCalls {
  const opened = Promise.withResolvers<void>();
  const waiting: ((context: HandlerContext) => void)[] = [];
  let count = 0;
  const note = (context: HandlerContext) => {
    count += 1;
    waiting.shift()?.(context);
  };
  const implementation: ServiceImpl<typeof FeatureService> = {
    listFeatures: () => ({}),
    createFeature: () => ({}),
    listFeatureOrgs: () => ({}),
    updateFeature: () => ({}),
    getFeature({ featureKey }, context) {
      note(context);
      return { feature: { featureKey } };
    },
    async deleteFeature({ featureKey }, context) {
      note(context);
      await opened.promise;
      return { featureKey };
    },
  };
  return {
    procedures: (guards) => connectProcedures(FeatureService, implementation, guards),
    next: () => new Promise((resolve) => waiting.push(resolve)),
    get count() {
      return count;
    },
    open: opened.resolve,
  };
}
