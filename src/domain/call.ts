/** Whether the caller holds what it asks for already. */
export interface Conditional {
  /**
   * Says of which version the answer is going to be; true where the caller holds that version, and so needs no more
   * than to hear that. Answers of one version to one request are the same.
   */
  holds(version: string): boolean;
}

/** Who asks and why, as it goes into the history. */
export interface Call {
  readonly actor: string;
  readonly reason: string;
}
