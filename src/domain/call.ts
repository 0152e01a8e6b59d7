/** Who asks and why, as it goes into the history. */
export interface Call {
  readonly actor: string;
  readonly reason: string;
}
