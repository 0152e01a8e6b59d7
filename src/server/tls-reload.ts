import { stat } from "node:fs/promises";
import type { Logger } from "../rpc/logger.ts";
import { readTlsFiles, TlsFileError, type TlsMaterial, type TlsOptions } from "./tls-files.ts";

/**
 * Takes in files of TLS when they change. It looks at them from time to time: what tells of changes to files at once does
 * not do so for folders that are replaced, mounted ones, and links, which is how certificates are put in place.
 */
export class TlsReload {
  readonly #options: TlsOptions;
  readonly #files: readonly string[];
  readonly #logger: Pick<Logger, "info" | "warn" | "error">;
  readonly #use: (material: TlsMaterial) => void;
  readonly #timer: NodeJS.Timeout;
  #used: TlsMaterial;
  /** The looks of the files when they were last read. */
  #read = "";
  /** Their looks at the last look. Files are put in place one by one: they are read when they have stayed as they are. */
  #seen = "";

  /** `use` is given what the files hold now. */
  constructor(
    options: TlsOptions,
    everyMs: number,
    logger: Pick<Logger, "info" | "warn" | "error">,
    first: TlsMaterial,
    use: (material: TlsMaterial) => void,
  ) {
    this.#options = options;
    this.#files = [options.certFile, options.keyFile, options.clientCaFile].filter((file) => file !== undefined);
    this.#logger = logger;
    this.#use = use;
    this.#used = first;
    this.#warnOfEnd(first);
    this.#timer = setInterval(() => void this.#look(), everyMs).unref();
  }

  /** When the certificate in use ends, in milliseconds since 1970. */
  get end(): number {
    return Date.parse(this.#used.validTo);
  }

  /** Reads the files. */
  now(): void {
    try {
      const material = readTlsFiles(this.#options);
      const { cert, key, ca } = this.#used;
      if (material.cert === cert && material.key === key && material.ca === ca) {
        return;
      }
      this.#use(material);
      this.#used = material;
      this.#logger.info({ certFile: this.#options.certFile, validTo: material.validTo }, "new certificate in use");
      this.#warnOfEnd(material);
    } catch (error) {
      if (!(error instanceof TlsFileError)) {
        throw error;
      }
      this.#logger.error({}, `${error.message}; the certificate from before stays in use`);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const looks = (await Promise.all(this.#files.map(looksOf))).join(" ");
    const isSettled = looks === this.#seen;
    this.#seen = looks;
    if (isSettled && looks !== this.#read) {
      this.#read = looks;
      this.now();
    }
  }

  #warnOfEnd({ isOver, validTo }: TlsMaterial): void {
    if (isOver) {
      this.#logger.warn(
        { certFile: this.#options.certFile, validTo },
        "the certificate is over: clients will refuse it",
      );
    }
  }
}

async function looksOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    // One that is away for a moment is no news; one that stays away is found out when it is read.
    return "none";
  }
}
