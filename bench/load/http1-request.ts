import { type IncomingHttpHeaders, request as send } from "node:http";
import { buffer } from "node:stream/consumers";

/** A request by HTTP/1.1. */
export interface Http1Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What came back. */
export interface Http1Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The bytes of a request, with `Host` and the length of its body. */
export function encodeRequest(url: string, { method, path, headers = {}, body }: Http1Request): Buffer {
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  const all = Object.entries({ host: new URL(url).host, ...headers, ...length });
  const lines = [`${method} ${path} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), "", ""];
  return Buffer.concat([Buffer.from(lines.join("\r\n")), body ?? Buffer.alloc(0)]);
}

/** Sends one request by the client of the platform, on a connection of its own. */
export function ask(url: string, { method, path, headers = {}, body }: Http1Request): Promise<Http1Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": body.length };
    const request = send(`${url}${path}`, { method, headers: { ...headers, ...length }, agent: false });
    request.on("error", reject);
    request.on("response", (response) => {
      const { statusCode = 0, headers: received } = response;
      buffer(response).then((whole) => resolve({ status: statusCode, headers: received, body: whole }), reject);
    });
    request.end(body);
  });
}
