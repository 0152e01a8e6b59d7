import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { Code } from "@connectrpc/connect";
import type { AddedHeaders } from "../../transcoding/transcoder.ts";
import type { Answer, BodySink, Exchange } from "./exchange.ts";
import { resetReason } from "./reset-reason.ts";

const failureBody = JSON.stringify({ code: Code.Internal, message: "internal error", details: [] });
const failure: Answer = {
  status: 500,
  headers: { "content-type": "application/json", "content-length": failureBody.length },
  body: failureBody,
};
const withTrailers = { waitForTrailers: true };

/** An exchange by HTTP/2, on the stream itself: the platform's request and response objects are never made. */
export class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #added: AddedHeaders | undefined;
  #body: BodySink | undefined;

  /** `added` are headers that every answer has, for their own reasons. */
  constructor(stream: ServerHttp2Stream, added: AddedHeaders | undefined) {
    this.#stream = stream;
    this.#added = added;
    // A client that resets the stream makes for an error here; `isGone` tells as much.
    stream.on("error", ignore);
  }

  get isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  get goneReason(): unknown {
    return resetReason(this.#stream.rstCode);
  }

  get socket(): Socket | undefined {
    const { session } = this.#stream;
    return session === undefined || session.destroyed ? undefined : session.socket;
  }

  url(headers: IncomingHttpHeaders): string {
    const scheme = this.#stream.session?.encrypted === true ? "https" : "http";
    return new URL(headers[":path"] ?? "", `${scheme}://${headers[":authority"]}`).toString();
  }

  read(body: BodySink): void {
    this.#body = body;
    const stream = this.#stream;
    stream.on("data", (chunk: Buffer) => this.#body?.push(chunk));
    stream.on("end", () => {
      // A stream that is reset without an error ends as one does that is complete.
      if (!stream.aborted) {
        this.#body?.end();
      }
    });
  }

  discard(): void {
    this.#stream.resume();
  }

  onOver(listener: () => void): void {
    this.#stream.on("close", listener);
  }

  send({ status, headers, body, trailers }: Answer): void {
    this.#body = undefined;
    const stream = this.#stream;
    const isPlain = status === 200 && this.#added === undefined;
    const head = isPlain ? headers : { ...this.#added, ...headers, ":status": status };
    if (trailers === undefined) {
      stream.respond(head);
    } else {
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      stream.respond(head, withTrailers);
    }
    if (typeof body === "string") {
      stream.end(body, "latin1");
    } else {
      stream.end(body);
    }
  }

  breakOff(): void {
    if (this.#stream.headersSent) {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else if (!this.isGone) {
      this.send(failure);
    }
  }
}

function ignore(): void {}
