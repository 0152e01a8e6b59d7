/** A feature in which two effective states differ; undefined where it is not in the one. */
export interface FlagDifference {
  readonly featureKey: string;
  readonly enabled: boolean | undefined;
  readonly otherEnabled: boolean | undefined;
}

/** Compares two effective states, feature key to state; ordered by key, bytewise. */
export function flagDifferences(
  flags: Readonly<Record<string, boolean>>,
  other: Readonly<Record<string, boolean>>,
): FlagDifference[] {
  const both = new Map<string, { enabled?: boolean; otherEnabled?: boolean }>();
  for (const [featureKey, enabled] of Object.entries(flags)) {
    both.set(featureKey, { enabled });
  }
  for (const [featureKey, otherEnabled] of Object.entries(other)) {
    both.set(featureKey, { ...both.get(featureKey), otherEnabled });
  }
  return [...both]
    .map(([featureKey, { enabled, otherEnabled }]) => ({ featureKey, enabled, otherEnabled }))
    .filter(({ enabled, otherEnabled }) => enabled !== otherEnabled)
    .sort((a, b) => (a.featureKey < b.featureKey ? -1 : 1));
}
