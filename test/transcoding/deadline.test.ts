import { once } from "node:events";
import { connect } from "node:net";
import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { readTimeout } from "../../src/transcoding/deadline.ts";
import { RequestFault } from "../../src/transcoding/request-fault.ts";
import { BookSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";
import { type Protocol, startRestServer } from "./rest-server.ts";

describe("the timeout", () => {
  test.for<[headers: Record<string, string>, timeoutMs: number | undefined]>([
    [{}, undefined],
    [{ "connect-timeout-ms": "1500" }, 1500],
    [{ "connect-timeout-ms": "0" }, 0],
    [{ "grpc-timeout": "2H" }, 7_200_000],
    [{ "grpc-timeout": "3M" }, 180_000],
    [{ "grpc-timeout": "4S" }, 4000],
    [{ "grpc-timeout": "5m" }, 5],
    [{ "grpc-timeout": "500u" }, 0.5],
    [{ "grpc-timeout": "5000000n" }, 5],
    [{ "x-server-timeout": "2.5" }, 2500],
    [{ "x-server-timeout": "9" }, 9000],
    [{ "x-server-timeout": "9", "grpc-timeout": "1S", "connect-timeout-ms": "2000" }, 1000],
  ])("of %o is %s ms", ([headers, timeoutMs]) => {
    expect(readTimeout(headers, 1e9)).toBe(timeoutMs);
  });

  test.for<[headers: Record<string, string>, message: string]>([
    [{ "connect-timeout-ms": "1.5" }, '"Connect-Timeout-Ms": expected milliseconds, of at most 10 digits'],
    [{ "connect-timeout-ms": "" }, '"Connect-Timeout-Ms": expected milliseconds, of at most 10 digits'],
    [{ "connect-timeout-ms": "12345678901" }, '"Connect-Timeout-Ms": expected milliseconds, of at most 10 digits'],
    [{ "grpc-timeout": "1" }, '"Grpc-Timeout": expected at most 8 digits and a unit of H, M, S, m, u or n'],
    [{ "grpc-timeout": "123456789S" }, '"Grpc-Timeout": expected at most 8 digits and a unit of H, M, S, m, u or n'],
    [{ "x-server-timeout": "-1" }, '"X-Server-Timeout": expected seconds, such as 2.5'],
    [{ "x-server-timeout": "1s" }, '"X-Server-Timeout": expected seconds, such as 2.5'],
    [{ "x-server-timeout": "10" }, '"timeout": expected at most 9000 ms, there are 10000'],
  ])("%o is refused", ([headers, message]) => {
    expect(() => readTimeout(headers, 9000)).toThrow(RequestFault);
    expect(() => readTimeout(headers, 9000)).toThrow(message);
  });
});

describe.each<Protocol>(["http1", "http2"])("past the deadline over %s", (protocol) => {
  const target = "/v1/shelves/1/books/2";
  const late = { code: 4, message: "the deadline of the request has passed", details: [] };

  test.for(["connect-timeout-ms: 5", "grpc-timeout: 5m", "x-server-timeout: 0.005", "connect-timeout-ms: 0"])(
    "%s is 504, also where the implementation never answers",
    async (line) => {
      const [name = "", value = ""] = line.split(": ");
      const never = new Promise<never>(() => {});
      await using server = await startRestServer({ methods: implementLibrary({ getBook: () => never }) }, protocol);
      const response = await server.send({ target, headers: { [name]: value } });
      expect(response.status).toBe(504);
      expect(response.json).toEqual(late);
    },
  );

  test("the signal aborts with the deadline, and what the implementation does then is ignored", async () => {
    const reports: unknown[] = [];
    const methods = implementLibrary({
      getBook: async (_, { signal }) => {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        throw signal.reason;
      },
    });
    await using server = await startRestServer(
      { methods, onUnexpectedError: (error) => reports.push(error) },
      protocol,
    );
    const response = await server.send({ target, headers: { "connect-timeout-ms": "5" } });
    expect(response.json).toEqual(late);
    expect(reports).toEqual([]);
  });

  test("a deadline that is met leaves the answer as it is", async () => {
    let left: number | undefined;
    const methods = implementLibrary({
      getBook: async (_, { timeoutMs }) => {
        left = timeoutMs();
        return create(BookSchema);
      },
    });
    await using server = await startRestServer({ methods }, protocol);
    expect((await server.send({ target, headers: { "grpc-timeout": "1H" } })).status).toBe(200);
    expect(left).toBeGreaterThan(3_000_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });
});

test("an implementation that blocks past the deadline is 504 too", async () => {
  const methods = implementLibrary({
    getBook: (_, { timeoutMs }) => {
      while ((timeoutMs() ?? 0) > 0);
      return create(BookSchema);
    },
  });
  await using server = await startRestServer({ methods });
  const response = await server.send({ target: "/v1/shelves/1/books/2", headers: { "connect-timeout-ms": "5" } });
  expect(response.status).toBe(504);
});

test("a body that does not come in time is 504", async () => {
  await using server = await startRestServer({ methods: implementLibrary({}) });
  const socket = connect(server.port, "127.0.0.1");
  socket.write("POST /v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nConnect-Timeout-Ms: 5\r\n\r\n{");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1\.1 504 /);
  socket.destroy();
});
