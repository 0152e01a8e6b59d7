/** What is wrong with a line. */
export class LineFault extends Error {
  override readonly name = "LineFault";
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** An import that can't be used: what is wrong with it, the first lines at fault and how many more there are. */
export class ImportFault extends Error {
  override readonly name = "ImportFault";
  readonly faults: readonly LineFault[];
  readonly more: number;

  constructor(faults: readonly LineFault[], more: number) {
    super(`${faults.length + more} lines can't be used`);
    this.faults = faults;
    this.more = more;
  }
}
