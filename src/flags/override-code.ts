/** An override in 31 bits: the catalogue's index for its feature, and the setting in the lowest bit. */
export function overrideCode(index: number, enabled: boolean): number {
  return (index << 1) | (enabled ? 1 : 0);
}

/** The index of the feature that an override is of. */
export function codedIndex(code: number): number {
  return code >>> 1;
}

/** The setting of an override. */
export function codedSetting(code: number): boolean {
  return (code & 1) === 1;
}
