// The floor of gRPC: bare node:http2 that gives every stream the same answer, with trailers.
import { createServer, type ServerHttp2Stream } from "node:http2";
import { listen, subjectArgument } from "./subject-arguments.ts";

/** The answer, and whether it waits for the body of the request; without, the body is read past. */
export interface Http2Floor {
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly bodyBase64: string;
  readonly readsBody: boolean;
}

const { headers, trailers, bodyBase64, readsBody } = subjectArgument<Http2Floor>();
const body = Buffer.from(bodyBase64, "base64");
const head = { ":status": 200, ...headers };

// The platform keeps streams, and with them what their listeners hold, longer than they last: so no listener holds
// anything, which makes the floor a good deal lower.
function answer(this: ServerHttp2Stream): void {
  this.respond(head, { waitForTrailers: true });
  this.on("wantTrailers", sendTrailers);
  this.end(body);
}

function sendTrailers(this: ServerHttp2Stream): void {
  this.sendTrailers(trailers);
}

function ignore(): void {}

function readThenAnswer(stream: ServerHttp2Stream): void {
  stream.on("data", ignore);
  stream.on("end", answer);
}

function readPast(stream: ServerHttp2Stream): void {
  answer.call(stream);
  stream.resume();
}

const server = createServer();
server.on("stream", readsBody ? readThenAnswer : readPast);
listen(server);
