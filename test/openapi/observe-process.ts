// Loaded before the service in a process of its own (`node --import`): says on standard error which of its REST answers
// are not as the OpenAPI document says.
import { createRequire } from "node:module";
import { observeAnswers } from "./answer-observer.ts";
import { faultMark } from "./fault-mark.ts";

const require = createRequire(import.meta.url);

observeAnswers((answer) => {
  // Not before there is an answer: most processes of the tests give none, and should start as fast as they do alone.
  const { faultsOf }: typeof import("./response-check.ts") = require("./response-check.ts");
  for (const fault of faultsOf(answer)) {
    process.stderr.write(`${faultMark} ${fault}\n`);
  }
});
