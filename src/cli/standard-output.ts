import { setImmediate } from "node:timers/promises";
import { exitCodes } from "./exit-codes.ts";
import { printRefusal } from "./store-refusal.ts";

/** What becomes of what is printed on the standard output, until it is settled. */
export class StandardOutput {
  #fault: Error | undefined;

  readonly #note = (error: Error): void => {
    // Whoever reads the output may go away at any time; what was asked for is done all the same.
    if (!isClosedPipe(error)) {
      this.#fault ??= error;
    }
  };

  constructor() {
    ignoreErrors(process.stderr);
    process.stdout.on("error", this.#note);
  }

  /** Waits for what was printed, and answers the exit code: another one than 0 where some of it could not be written. */
  async settle(exitCode: number): Promise<number> {
    // Files, pipes and terminals are written to at once, and a write that failed is told of in the same turn.
    await setImmediate();
    process.stdout.off("error", this.#note);
    ignoreErrors(process.stdout);
    if (this.#fault === undefined || (exitCode !== exitCodes.ok && exitCode !== exitCodes.outputLost)) {
      return exitCode;
    }
    const message = `what was to be printed can't be written (${this.#fault.message})`;
    printRefusal({ message, exitCode: exitCodes.outputLost });
    return exitCodes.outputLost;
  }
}

/** Whether an error says that whoever read the output has gone. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Has a stream go on where it fails and there is nobody to tell. Asked for again it changes nothing. */
function ignoreErrors(stream: NodeJS.WriteStream): void {
  stream.off("error", ignore).on("error", ignore);
}

function ignore(): void {}
