import type { Service } from "../service.ts";

/** A disk that can be made to fail, and to work again, while a service runs on it. */
export interface FailingDisk {
  /** The service on it, started. */
  readonly service: Service;
  /** The path of the database, as this process reaches it. */
  readonly file: string;
  /** What a client has to show to write. */
  readonly headers?: Readonly<Record<string, string>>;
  fail(): void | Promise<void>;
  heal(): void | Promise<void>;
}
