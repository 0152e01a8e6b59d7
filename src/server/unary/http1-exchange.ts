import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import type { AddedHeaders } from "../../transcoding/transcoder.ts";
import { answerFailure } from "../status-answer.ts";
import type { Answer, BodySink, Exchange } from "./exchange.ts";

// A short body goes as text, so that it leaves together with the head in one write.
const longestAsText = 4096;

/** An exchange by HTTP/1, whose answers have no trailers. */
export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #added: AddedHeaders | undefined;

  /** `added` are headers that every answer has, for their own reasons. */
  constructor(request: IncomingMessage, response: ServerResponse, added: AddedHeaders | undefined) {
    this.#request = request;
    this.#response = response;
    this.#added = added;
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  get goneReason(): unknown {
    const { errored } = this.#request;
    return errored ? new ConnectError(errored.message, Code.Aborted, undefined, undefined, errored) : undefined;
  }

  get socket(): Socket {
    return this.#request.socket;
  }

  url(headers: IncomingHttpHeaders): string {
    const { socket, url } = this.#request;
    const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    return new URL(url ?? "", `${scheme}://${headers.host}`).toString();
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
    this.#response.writeHead(status, this.#added === undefined ? headers : { ...this.#added, ...headers });
    if (typeof body === "string") {
      this.#response.end(body, "latin1");
    } else if (body !== undefined && body.length <= longestAsText) {
      this.#response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), "latin1");
    } else {
      this.#response.end(body);
    }
  }

  breakOff(): void {
    answerFailure(this.#response, this.#added);
  }
}
