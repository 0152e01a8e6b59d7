import type { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Service } from "../../src/rpc/procedure.ts";
import { echo } from "./test-server.ts";

/** A catalogue whose deletions wait until they are let go. */
export interface Gate {
  readonly service: Service<typeof FeatureService>;
  /** Resolves when so many deletions are waiting. */
  waiting(count: number): Promise<void>;
  open(): void;
}

/** Makes a gate that is shut. */
export function createGate(): Gate {
  const opened = Promise.withResolvers<void>();
  const arrivals = new Set<() => void>();
  let arrived = 0;
  const service: Service<typeof FeatureService> = {
    ...echo,
    async deleteFeature({ featureKey }) {
      arrived += 1;
      for (const arrival of arrivals) {
        arrival();
      }
      await opened.promise;
      return { featureKey };
    },
  };
  return {
    service,
    waiting: (count) =>
      new Promise((resolve) => {
        const look = () => arrived >= count && resolve();
        arrivals.add(look);
        look();
      }),
    open: opened.resolve,
  };
}
