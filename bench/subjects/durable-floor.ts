// The floor of reads beside durable writes: bare node:http that answers every GET at once with the same bytes, and
// everything else likewise, once the body is on disk. A thread writes and syncs what waits, all of it at a time.
import { createServer } from "node:http";
import { Worker } from "node:worker_threads";
import { type FixedAnswer, fixedAnswer } from "./fixed-answer.ts";
import { readBody } from "./read-body.ts";
import { listen, subjectArgument } from "./subject-arguments.ts";

/** What is answered, and the file to which bodies are appended. */
export interface DurableFloor {
  readonly read: FixedAnswer;
  readonly written: FixedAnswer;
  readonly file: string;
}

interface Write {
  readonly body: Buffer;
  answer(): void;
}

const floor = subjectArgument<DurableFloor>();
const answerRead = fixedAnswer(floor.read);
const answerWritten = fixedAnswer(floor.written);
const thread = new Worker(new URL("./durable-floor-thread.ts", import.meta.url), { workerData: floor.file });
let waiting: Write[] = [];
let syncing: Write[] = [];

thread.on("message", () => {
  const synced = syncing;
  syncing = [];
  syncNext();
  for (const { answer } of synced) {
    answer();
  }
});

function syncNext(): void {
  if (syncing.length === 0 && waiting.length > 0) {
    syncing = waiting;
    waiting = [];
    thread.postMessage(syncing.map(({ body }) => body));
  }
}

// The time-out is that of orgflags, for the same bytes in the head.
const server = createServer({ keepAliveTimeout: 120_000, noDelay: true });
server.on("request", (request, response) => {
  if (request.method === "GET") {
    answerRead(response);
  } else {
    readBody(request, (body) => {
      waiting.push({ body, answer: () => answerWritten(response) });
      syncNext();
    });
  }
});
listen(server);
