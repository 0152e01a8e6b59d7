import { readFileSync } from "node:fs";

/** The processes that one has started itself and that live, such as the server processes of a supervisor. */
export function childProcesses({ pid }: { readonly pid: number }): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
