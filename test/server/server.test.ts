import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("a process whose server is drained ends by itself", async () => {
  const script = new URL("./drained-process.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(JSON.parse(stdout)).toEqual({ status: 200, isInTime: true });
});
