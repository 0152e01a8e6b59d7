// The floor of watching: bare node:http that keeps streams of events open, and sends each of them the same bytes
// after it has answered a write.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen, subjectArgument } from "./subject-arguments.ts";

/** What every stream begins with, and what each write sends to all of them. */
export interface SseFloor {
  readonly headers: Readonly<Record<string, string>>;
  readonly firstEvent: string;
  readonly event: string;
}

const { headers, firstEvent, event } = subjectArgument<SseFloor>();
const prepared = Buffer.from(event);
const streams = new Set<ServerResponse>();

function open(response: ServerResponse): void {
  response.writeHead(200, headers);
  response.write(firstEvent);
  streams.add(response);
  response.on("close", () => streams.delete(response));
}

function write(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end("{}");
    for (const stream of streams) {
      stream.write(prepared);
    }
  });
}

const server = createServer({ keepAliveTimeout: 120_000, noDelay: true });
server.on("request", (request, response) => (request.method === "GET" ? open(response) : write(request, response)));
listen(server);
