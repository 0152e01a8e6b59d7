import type { Outcome } from "../rows/row.ts";
import type { Setting } from "./setting.ts";

/** What a row came to, or why it came to nothing. */
export type RowResult = { readonly name: string; readonly work: string } & (
  | (Outcome & { readonly error?: undefined })
  | { readonly error: string }
);

/** A whole run; the form of `--json`. Times are in the units that the names end with. */
export interface Result {
  readonly setting: Setting;
  readonly rounds: number;
  readonly seconds: number;
  /** Whether sizes and times were so small that the figures mean nothing. */
  readonly short: boolean;
  readonly rows: readonly RowResult[];
}
