import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Burst } from "../../src/server/burst.ts";

test("what has come together is served together, in its order", async () => {
  const served: string[] = [];
  const burst = new Burst((serve) => {
    served.push("begin");
    serve();
    served.push("end");
  });
  burst.add(() => void served.push("first"));
  burst.add(() => void served.push("second"));
  expect(served).toEqual([]);
  await turn();
  expect(served).toEqual(["begin", "first", "second", "end"]);
});

test("what comes while a burst is served, or after it, belongs to the next one", async () => {
  const bursts: string[][] = [];
  const burst = new Burst((serve) => {
    bursts.push([]);
    serve();
  });
  const serve = (name: string) => () => void bursts.at(-1)?.push(name);
  burst.add(() => {
    serve("first")();
    burst.add(serve("within"));
  });
  await turn();
  await turn();
  burst.add(serve("after"));
  await turn();
  expect(bursts).toEqual([["first"], ["within"], ["after"]]);
});
