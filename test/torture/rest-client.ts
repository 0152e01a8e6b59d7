import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";

/** What came back. */
export interface RestReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A client by REST with connections that stay open, one for each of its lines. */
export class RestClient {
  readonly #agents: readonly Agent[];
  readonly #headers: Readonly<Record<string, string>>;
  #turn = 0;

  /** Every call has the headers. */
  constructor(lines = 1, headers: Readonly<Record<string, string>> = {}) {
    this.#headers = headers;
    this.#agents = Array.from({ length: lines }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  /** Calls on the next line; rejects where the connection is lost before the answer is whole. */
  call(url: string, method: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<RestReply> {
    const agent = this.#agents[this.#turn++ % this.#agents.length] ?? new Agent();
    const type = body && { "content-type": "application/json" };
    const sent = request(url, { method, agent, headers: { ...this.#headers, ...type, ...headers } });
    return new Promise((resolve, reject) => {
      sent.once("error", reject);
      sent.once("response", (answer) => {
        const { statusCode: status = 0, headers: received } = answer;
        text(answer).then((whole) => resolve({ status, headers: received, text: whole }), reject);
      });
      sent.end(body && JSON.stringify(body));
    });
  }

  close(): void {
    for (const agent of this.#agents) {
      agent.destroy();
    }
  }
}
