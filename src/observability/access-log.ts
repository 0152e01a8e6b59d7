import { Code } from "@connectrpc/connect";
import type { Logger } from "../rpc/logger.ts";
import { codeName } from "./code-name.ts";

/** Which calls are written down. */
export interface AccessLogging {
  /** Whether errors, and all calls of methods that have side effects, are. */
  readonly errorsAndWrites: boolean;
  /** One in so many of the other calls is; 0 for none of them. */
  readonly oneReadIn: number;
}

/** What is told of a call that is over. Nothing of it is a credential, or a key that a client made up. */
export interface CallFields {
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
  readonly lane: string;
  readonly procedure: string;
  readonly code: string;
  /** Undefined where the call was not timed. */
  readonly durationMs: number | undefined;
  /** Of the client. */
  readonly address: string;
  /** The name under which it writes, as far as it is known. */
  readonly actor: string | undefined;
  readonly orgId: string | undefined;
  readonly featureKey: string | undefined;
  /** The last revision of which the caller was told. */
  readonly revision: number | undefined;
}

/** Writes calls down, each in one line, when they are over. */
export class AccessLog {
  readonly #logger: Logger;
  readonly #logging: AccessLogging;
  #untilRead = 1;

  constructor(logger: Logger, logging: AccessLogging) {
    this.#logger = logger;
    this.#logging = logging;
  }

  /** Whether calls without side effects are written down at times. */
  get hasReads(): boolean {
    return this.#logging.oneReadIn > 0;
  }

  /** Whether a call is to be written down. A client that leaves has made no error. */
  wants(code: Code | 0, hasEffects: boolean): boolean {
    const isError = code !== 0 && code !== Code.Canceled;
    const { errorsAndWrites, oneReadIn } = this.#logging;
    if (errorsAndWrites && (isError || hasEffects)) {
      return true;
    }
    if (oneReadIn === 0) {
      return false;
    }
    this.#untilRead -= 1;
    if (this.#untilRead > 0) {
      return false;
    }
    this.#untilRead = oneReadIn;
    return true;
  }

  /** Writes a call down. */
  write(code: Code | 0, fields: Omit<CallFields, "code">): void {
    const told: CallFields = { ...fields, code: codeName(code) };
    switch (code) {
      case Code.Internal:
      case Code.Unknown:
      case Code.DataLoss:
        this.#logger.error(told, "call");
        break;
      case Code.Unavailable:
      case Code.ResourceExhausted:
      case Code.DeadlineExceeded:
        this.#logger.warn(told, "call");
        break;
      default:
        this.#logger.info(told, "call");
    }
  }
}
