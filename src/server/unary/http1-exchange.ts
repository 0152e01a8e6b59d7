import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { answerFailure } from "../status-answer.ts";
import type { Answer, BodySink, Exchange } from "./exchange.ts";

// As text, of one character for each byte, a short body leaves together with the head, in one write.
const longestAsText = 4096;

/** An exchange by HTTP/1, whose answers have no trailers. */
export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers;
  }

  get url(): string {
    const { socket, headers, url } = this.#request;
    const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    return new URL(url ?? "", `${scheme}://${headers.host}`).toString();
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  get goneReason(): unknown {
    const { errored } = this.#request;
    return errored ? new ConnectError(errored.message, Code.Aborted, undefined, undefined, errored) : undefined;
  }

  read(body: BodySink): void {
    this.#request.on("data", (chunk: Buffer) => body.push(chunk)).on("end", () => body.end());
  }

  discard(): void {
    this.#request.resume();
  }

  onOver(listener: () => void): void {
    this.#response.on("close", listener);
  }

  send({ status, headers, body }: Answer): void {
    this.#response.writeHead(status, headers);
    const isShort = body instanceof Uint8Array && body.length <= longestAsText;
    if (isShort) {
      this.#response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1");
    } else {
      this.#response.end(body);
    }
  }

  breakOff(): void {
    answerFailure(this.#response);
  }
}
