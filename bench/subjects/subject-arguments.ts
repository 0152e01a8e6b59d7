import type { Server } from "node:net";

/** The one argument of a subject, as the harness has written it: a JSON text. */
export function subjectArgument<T>(): T {
  // Only the harness starts subjects, with an argument of the type that the subject names.
  return JSON.parse(process.argv[2] ?? "null") as T;
}

/** Listens on a free port of the loopback address and prints `listening on URL`, for which the harness waits. */
export function listen(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    announce(typeof address === "object" ? (address?.port ?? 0) : 0);
  });
}

/** Prints where the subject listens. */
export function announce(port: number): void {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
}
