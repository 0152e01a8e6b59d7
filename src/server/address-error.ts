/** An address that can't be listened on; the cause is the platform's own error. */
export class AddressError extends Error {
  override readonly name = "AddressError";
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: unknown) {
    super(`can't listen on ${host}, port ${port}`, { cause });
    this.host = host;
    this.port = port;
  }
}
