import type { ServerResponse } from "node:http";

/** An answer that is always the same. */
export interface FixedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBase64: string;
}

/** Makes what answers a request so. */
export function fixedAnswer({ status, headers, bodyBase64 }: FixedAnswer): (response: ServerResponse) => void {
  // As text it leaves together with the head, in one write: the least that node:http can do.
  const body = Buffer.from(bodyBase64, "base64").toString("latin1");
  return (response) => {
    response.writeHead(status, headers);
    response.end(body, "latin1");
  };
}
