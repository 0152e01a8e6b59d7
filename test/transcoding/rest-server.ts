import { createServer as createHttp1Server, type IncomingHttpHeaders, request as sendHttp1 } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import type { HttpRequest } from "../../src/transcoding/body.ts";
import type { HttpResponse } from "../../src/transcoding/response.ts";
import {
  type AddedHeaders,
  createTranscoder,
  type Transcoder,
  type TranscoderOptions,
} from "../../src/transcoding/transcoder.ts";

/** A protocol that the transcoder serves. */
export type Protocol = "http1" | "http2";

/** A request as a test states it; the target is sent byte for byte. */
export interface RestRequest {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A whole answer. */
export interface RestResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON; of any type, as the test knows what it asked for. */
  readonly json: unknown;
}

/** A server on a free port of this machine, and the transcoder behind it. */
export interface RestServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly transcoder: Transcoder;
  send(request: RestRequest): Promise<RestResponse>;
}

/** What a server does to its answers besides transcoding. */
export interface Besides {
  /** What is set on each response before it comes to the transcoder. */
  readonly preset?: AddedHeaders;
  /** What the transcoder is told to add. */
  readonly added?: AddedHeaders;
}

/** Starts a server for the methods. */
export async function startRestServer(
  options: TranscoderOptions,
  protocol: Protocol = "http1",
  { preset = {}, added }: Besides = {},
): Promise<RestServer> {
  const transcoder = createTranscoder(options);
  const serve = (request: HttpRequest, response: HttpResponse): void => {
    for (const [name, value] of Object.entries(preset)) response.setHeader(name, value);
    transcoder.handle(request, response, added);
  };
  const server: Server = protocol === "http1" ? createHttp1Server(serve) : createHttp2Server(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  const send = protocol === "http1" ? sendOverHttp1 : sendOverHttp2;
  return {
    port,
    server,
    transcoder,
    send: (request) => send(port, request),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function sendOverHttp1(
  port: number,
  { method = "GET", target, headers = {}, body }: RestRequest,
): Promise<RestResponse> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path: target, headers, agent: false };
    const request = sendHttp1(options, (response) => {
      collect(response).then((bytes) => resolve(toResponse(response.statusCode ?? 0, response.headers, bytes)), reject);
    });
    request.on("error", reject);
    if (body !== undefined) request.setHeader("content-length", Buffer.byteLength(body));
    request.end(body);
  });
}

async function sendOverHttp2(
  port: number,
  { method = "GET", target, headers = {}, body }: RestRequest,
): Promise<RestResponse> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request(
      { ":method": method, ":path": target, ...headers },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    const answered = new Promise<IncomingHttpHeaders & { ":status"?: number }>((resolve, reject) => {
      stream.once("response", resolve).once("error", reject);
    });
    const [{ ":status": status = 0, ...answer }, bytes] = await Promise.all([answered, collect(stream)]);
    return toResponse(status, answer, bytes);
  } finally {
    session.close();
  }
}

/** All bytes of a stream; rejects where it fails. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function toResponse(status: number, headers: IncomingHttpHeaders, body: Buffer): RestResponse {
  const text = body.toString();
  return {
    status,
    headers,
    body,
    text,
    get json(): unknown {
      return JSON.parse(text);
    },
  };
}
