import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { quote } from "../domain/validation.ts";

/** The health of this process as `grpc.health.v1.Health` tells it. It begins as NOT_SERVING. */
export interface HealthState {
  readonly implementation: ServiceImpl<typeof Health>;
  /** Sets the state of the server and of every service, and tells those who watch. */
  setServing(serving: boolean): void;
  /** Whether the state is SERVING. */
  readonly isServing: boolean;
}

/** Makes the health of a server (named by the empty string) and of its services, given by full name. */
export function createHealth(services: Iterable<string>): HealthState {
  const names = new Set(["", ...services]);
  const watchers = new Set<() => void>();
  let overall: Status = Status.NOT_SERVING;

  const statusOf = (service: string): Status => (names.has(service) ? overall : Status.SERVICE_UNKNOWN);

  // A watcher that leaves takes its entry with it, so that waiting for a change that never comes keeps nothing.
  const changeOrAbort = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        watchers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      watchers.add(wake);
      signal.addEventListener("abort", wake);
    });

  const implementation: ServiceImpl<typeof Health> = {
    check({ service }) {
      if (!names.has(service)) {
        throw new ConnectError(`service ${quote(service)} is not known`, Code.NotFound);
      }
      return { status: overall };
    },

    list() {
      return { statuses: Object.fromEntries([...names].map((name) => [name, { status: overall }])) };
    },

    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      // What changed before the signal is told before the stream ends: a shutdown shows as NOT_SERVING.
      for (;;) {
        const status = statusOf(service);
        if (status !== told) {
          told = status;
          yield { status };
        } else if (signal.aborted) {
          throw signal.reason;
        } else {
          await changeOrAbort(signal);
        }
      }
    },
  };

  return {
    implementation,
    setServing(serving) {
      overall = serving ? Status.SERVING : Status.NOT_SERVING;
      for (const wake of [...watchers]) {
        wake();
      }
    },
    get isServing() {
      return overall === Status.SERVING;
    },
  };
}
