// The floor of HTTP/1.1: bare node:http that gives every request the same answer.
import { createServer } from "node:http";
import { type FixedAnswer, fixedAnswer } from "./fixed-answer.ts";
import { readBody } from "./read-body.ts";
import { listen, subjectArgument } from "./subject-arguments.ts";

/** The answer, and whether it waits for the body of the request. */
export interface HttpFloor extends FixedAnswer {
  readonly readsBody: boolean;
}

const floor = subjectArgument<HttpFloor>();
const answer = fixedAnswer(floor);

// The time-out is that of orgflags, for the same bytes in the head.
const server = createServer({ keepAliveTimeout: 120_000, noDelay: true });
server.on("request", (request, response) => {
  if (floor.readsBody) {
    readBody(request, () => answer(response));
  } else {
    answer(response);
  }
});
listen(server);
