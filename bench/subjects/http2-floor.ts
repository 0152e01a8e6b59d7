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

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, ...headers }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
  stream.end(body);
}

function readThenAnswer(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => answer(stream));
}

function readPast(stream: ServerHttp2Stream): void {
  answer(stream);
  stream.resume();
}

const server = createServer();
server.on("stream", readsBody ? readThenAnswer : readPast);
listen(server);
