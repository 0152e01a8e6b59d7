import { once } from "node:events";
import http2, { constants } from "node:http2";
import { ConnectError } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Fields, frame, frameType, lastData, opening, requestHead } from "../http2-frames.ts";
import { connectRaw } from "../raw-connection.ts";
import { callHttp2, connectHttp2 } from "./http2-call.ts";
import { startLanes } from "./lanes.ts";
import { watchCalls } from "./watched-calls.ts";
import { envelope } from "./wire.ts";

const deletion = "/orgflags.v1.FeatureService/DeleteFeature";
const grpc = { ":method": "POST", ":path": deletion, "content-type": "application/grpc" };
const connect = { ...grpc, "content-type": "application/json" };
const empty = envelope(Buffer.alloc(0));
const text = Buffer.from("{}");

async function start(isLean: boolean) {
  const calls = watchCalls();
  const lanes = await startLanes({ isLean, procedures: calls.procedures, onOver: onTestFinished });
  const session = connectHttp2(lanes.port);
  onTestFinished(() => session.destroy());
  return { calls, lanes, session };
}

/** What a signal has to say, once it has fired. */
async function reasonOf(signal: AbortSignal) {
  if (!signal.aborted) {
    await once(signal, "abort");
  }
  const { name, message } = signal.reason;
  return { name, message, code: signal.reason instanceof ConnectError ? signal.reason.code : undefined };
}

describe.each([
  ["gRPC", grpc, empty],
  ["Connect", connect, text],
] as const)("a client of %s that resets its stream fires the signal of the call", (_name, headers, body) => {
  test.for([
    constants.NGHTTP2_CANCEL,
    constants.NGHTTP2_NO_ERROR,
    constants.NGHTTP2_INTERNAL_ERROR,
    constants.NGHTTP2_REFUSED_STREAM,
    constants.NGHTTP2_ENHANCE_YOUR_CALM,
    constants.NGHTTP2_STREAM_CLOSED,
    99,
  ])("with code %i", async (code) => {
    const reasons = [true, false].map(async (isLean) => {
      const { calls, session } = await start(isLean);
      const called = calls.next();
      const stream = session.request(headers).on("error", () => {});
      stream.end(body);
      const { signal } = await called;
      stream.close(code);
      return reasonOf(signal);
    });
    const [lean, stock] = await Promise.all(reasons);
    expect(lean).toEqual(stock);
  });

  test("that is asked for when it has left already", async () => {
    const { calls, session, lanes } = await start(true);
    const called = calls.next();
    const stream = session.request(headers).on("error", () => {});
    stream.end(body);
    const context = await called;
    stream.close(constants.NGHTTP2_CANCEL);
    // What comes over the same connection afterwards is served afterwards.
    const next = calls.next();
    session.request({ ...headers, ":path": deletion.replace("Delete", "Get") }).end(body);
    await next;
    expect(context.signal.aborted).toBe(true);
    expect(await reasonOf(context.signal)).toMatchObject({ message: expect.stringContaining("CANCEL") });
    expect(lanes.taken.length).toBe(2);
  });
});

test("a client of HTTP/1.1 that leaves fires the signal of the call", async () => {
  const reasons = [true, false].map(async (isLean) => {
    const { calls, lanes } = await start(isLean);
    const called = calls.next();
    const head = `POST ${deletion} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    const { socket } = await connectRaw(lanes.port, head);
    const { signal } = await called;
    const fired = reasonOf(signal);
    socket.destroy();
    return fired;
  });
  const [lean, stock] = await Promise.all(reasons);
  expect(lean).toEqual(stock);
});

describe.each([true, false])("with the unary lane: %s", (isLean) => {
  test("a deadline fires the signal", async () => {
    const { calls, session } = await start(isLean);
    const called = calls.next();
    session.request({ ...grpc, "grpc-timeout": "5m" }).end(empty);
    const { signal, timeoutMs } = await called;
    expect(timeoutMs()).toBeLessThanOrEqual(5);
    expect(await reasonOf(signal)).toMatchObject({
      name: "ConnectError",
      message: expect.stringContaining("timed out"),
    });
  });

  test("the shutdown fires the signal, and the call is answered all the same", async () => {
    const { calls, session, lanes } = await start(isLean);
    const called = calls.next();
    const answer = callHttp2(session, { headers: grpc, pieces: [empty] });
    const { signal } = await called;
    lanes.shutdown.abort(new ConnectError("closing"));
    expect(await reasonOf(signal)).toMatchObject({ message: "[unknown] closing" });
    calls.open();
    expect((await answer).trailers).toEqual(["grpc-status", "0"]);
  });

  test("the end of the call fires the signal", async () => {
    const { calls, session } = await start(isLean);
    const called = calls.next();
    const answer = callHttp2(session, { headers: grpc, pieces: [empty] });
    const { signal } = await called;
    expect(signal.aborted).toBe(false);
    calls.open();
    await answer;
    expect(await reasonOf(signal)).toMatchObject({ name: "AbortError" });
  });
});

test("the signal of a call that is over has fired, also for who asks for it then", async () => {
  const { calls, session } = await start(true);
  const called = calls.next();
  calls.open();
  await callHttp2(session, { headers: grpc, pieces: [empty] });
  expect((await called).signal.aborted).toBe(true);
});

test.each([
  ["gRPC", "application/grpc", empty.subarray(0, 3)],
  ["gRPC, behind a whole message", "application/grpc", empty],
  ["Connect", "application/json", text],
])("a call of %s that is reset in its body comes to no implementation", async (_name, contentType, piece) => {
  const { calls, lanes } = await start(true);
  calls.open();
  const called = calls.next();
  const codes = [constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_INTERNAL_ERROR];
  const broken = codes.flatMap((code, index) => {
    const id = 2 * index + 1;
    const reset = frame(frameType.rstStream, 0, id, Buffer.from([0, 0, 0, code]));
    return [requestHead(id, fields(contentType)), frame(frameType.data, 0, id, piece), reset];
  });
  const whole = [requestHead(9, fields("application/proto")), lastData(9, "")];
  await connectRaw(lanes.port, Buffer.concat([opening, ...broken, ...whole]));
  expect((await called).protocolName).toBe("connect");
  expect(lanes.taken.length).toBe(4);
  expect(calls.count).toBe(1);
});

function fields(contentType: string): Fields {
  const pseudo = { ":method": "POST", ":scheme": "http", ":authority": "x", ":path": deletion };
  return Object.entries({ ...pseudo, "content-type": contentType });
}

test("a large answer waits for the window of the client", async () => {
  const answers = [true, false].map(async (isLean) => {
    const { lanes } = await start(isLean);
    const session = http2.connect(lanes.url, { settings: { initialWindowSize: 1000 } });
    onTestFinished(() => session.destroy());
    const featureKey = "x".repeat(200_000);
    const path = deletion.replace("Delete", "Get");
    return callHttp2(session, {
      headers: { ...connect, ":path": path },
      pieces: [Buffer.from(JSON.stringify({ featureKey }))],
    });
  });
  const [lean, stock] = await Promise.all(answers);
  expect(lean).toEqual(stock);
  expect(lean?.body.length).toBeGreaterThan(200_000);
});
