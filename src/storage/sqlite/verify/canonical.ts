/** Whether a text is the one that the state which it holds is written as; none is, too. */
export function isCanonical<T>(
  text: string | null,
  read: (text: string | null) => T | undefined,
  write: (state: T | undefined) => string | null,
): boolean {
  try {
    return write(read(text)) === text;
  } catch {
    // No JSON, or no object.
    return false;
  }
}
