const names = ["rest", "connect", "grpc", "grpc-web", "ofrep", "other"] as const;

/** How many ways in there are. */
export const laneCount = names.length;

/** The number of a way in, by the name of the protocol that contexts tell. */
export function laneOf(protocolName: string): number {
  switch (protocolName) {
    case "rest":
      return 0;
    case "connect":
      return 1;
    case "grpc":
      return 2;
    case "grpc-web":
      return 3;
    case "ofrep":
      return 4;
    default:
      return 5;
  }
}

/** The name of a way in, as metrics, logs and traces have it. */
export function laneName(lane: number): string {
  return names[lane] ?? "";
}
