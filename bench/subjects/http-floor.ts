// The floor of HTTP/1.1: bare node:http that gives every request the same answer.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen, subjectArgument } from "./subject-arguments.ts";

/** The answer, and whether it waits for the body of the request. */
export interface HttpFloor {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBase64: string;
  readonly readsBody: boolean;
}

const { status, headers, bodyBase64, readsBody } = subjectArgument<HttpFloor>();
// As text it leaves together with the head, in one write: the least that node:http can do.
const body = Buffer.from(bodyBase64, "base64").toString("latin1");

function answer(response: ServerResponse): void {
  response.writeHead(status, headers);
  response.end(body, "latin1");
}

function readThenAnswer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => answer(response));
}

// The time-out is that of orgflags, for the same bytes in the head.
const server = createServer({ keepAliveTimeout: 120_000, noDelay: true });
server.on("request", readsBody ? readThenAnswer : (_request, response) => answer(response));
listen(server);
