import type { Ground } from "./ground.ts";

/** What was measured or counted, by name. */
export type Figures = Readonly<Record<string, number | string>>;

/** One kind of torture in its long form. */
export interface Torture {
  readonly name: string;
  /** What is done, and what must hold, in a sentence. */
  readonly work: string;
  /** How much of it is done where the command line doesn't say, and what is counted. */
  readonly amount: number;
  readonly unit: string;
  /** What this machine lacks for it; undefined where it lacks nothing. */
  readonly lacks?: () => string | undefined;
  /** Rejects where something does not hold. */
  run(ground: Ground, amount: number): Promise<Figures>;
}
