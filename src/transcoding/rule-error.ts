/**
 * A rule that cannot be served: names the RPC, the template and the column in it, from 1. What is wrong with the rule
 * as a whole, such as its `body`, has column 1.
 */
export class RuleError extends Error {
  override readonly name = "RuleError";
  readonly rpc: string;
  readonly template: string;
  readonly column: number;

  constructor(place: { rpc: string; template: string; column?: number }, reason: string) {
    const column = place.column ?? 1;
    super(`${place.rpc}: template "${place.template}", column ${column}: ${reason}`);
    this.rpc = place.rpc;
    this.template = place.template;
    this.column = column;
  }
}
