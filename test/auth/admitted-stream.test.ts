import { expect, test, vi } from "vitest";
import { Access } from "../../src/auth/access.ts";
import { AdmittedStream } from "../../src/auth/admitted-stream.ts";
import { LiveStreams } from "../../src/auth/live-streams.ts";
import type { Authenticator, Proof } from "../../src/auth/proof.ts";
import { everything } from "../../src/domain/access.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { Unauthenticated } from "../../src/rpc/unauthenticated.ts";

const credentials = { authorization: "x", certificateName: undefined };
const revoked = new Unauthenticated("the token was revoked", "invalid");

/** Items that a test hands out one by one. */
class Source implements AsyncIterable<number> {
  #next = Promise.withResolvers<IteratorResult<number>>();
  isReturned = false;

  give(value: number): void {
    this.#next.resolve({ done: false, value });
    this.#next = Promise.withResolvers();
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: () => this.#next.promise,
      return: async () => {
        this.isReturned = true;
        return { done: true, value: undefined };
      },
    };
  }
}

const unreadable = new DomainError("UNAVAILABLE", "the database is damaged here");

function raise(error: Error): never {
  throw error;
}

function admitted(lookAtTokens: () => Promise<void> | void = () => {}) {
  const state: { now: number; holds: boolean | Error; refusal: Error | undefined; source: string } = {
    now: 0,
    holds: true,
    refusal: undefined,
    source: "token x",
  };
  const prove = (): Proof => {
    if (state.refusal !== undefined) {
      throw state.refusal;
    }
    const identity = { name: "ada", role: "viewer", scope: everything } as const;
    const holds = () => (state.holds instanceof Error ? raise(state.holds) : state.holds);
    return { identity, source: state.source, expiresAt: 100, holds };
  };
  const authenticator: Authenticator = { prove };
  const streams = new LiveStreams(new Access("required", authenticator), () => state.now, lookAtTokens);
  const source = new Source();
  const proof = prove();
  const stream = new AdmittedStream(source, (self) => streams.admit(credentials, proof, self));
  return { state, streams, source, stream };
}

test("messages go out for as long as the proof holds, or can be renewed", async () => {
  const { state, source, stream, streams } = admitted();
  const first = stream.next();
  source.give(1);
  expect(await first).toEqual({ done: false, value: 1 });
  state.holds = false;
  const second = stream.next();
  source.give(2);
  expect(await second).toEqual({ done: false, value: 2 });
  expect(streams.size).toBe(1);
  await stream.return();
  expect(streams.size).toBe(0);
});

test.for([
  ["the credentials are refused", { refusal: revoked }, "revoked"],
  ["the credentials are somebody else's", { source: "token y" }, "somebody else's"],
  [
    "nobody can say, and they have expired",
    { refusal: new DomainError("UNAVAILABLE", "the issuer is away"), now: 100 },
    "the issuer is away",
  ],
] as const)("no message goes out where %s", async ([, change, message]) => {
  const { state, source, stream, streams } = admitted();
  const next = stream.next();
  Object.assign(state, { holds: false }, change);
  source.give(1);
  await expect(next).rejects.toThrow(message);
  await expect(stream.next()).rejects.toThrow(message);
  expect(source.isReturned).toBe(true);
  expect(streams.size).toBe(0);
});

test("a message goes out where nobody can say whether the credentials count, until they expire", async () => {
  const { state, source, stream } = admitted();
  const next = stream.next();
  Object.assign(state, { holds: false, refusal: new DomainError("UNAVAILABLE", "the issuer is away"), now: 99 });
  source.give(1);
  expect(await next).toEqual({ done: false, value: 1 });
});

test("a message goes out where the database can't be read, until the credentials expire", async () => {
  const { state, source, stream } = admitted();
  const first = stream.next();
  Object.assign(state, { holds: unreadable, refusal: unreadable, now: 99 });
  source.give(1);
  expect(await first).toEqual({ done: false, value: 1 });
  const second = stream.next();
  state.now = 100;
  source.give(2);
  await expect(second).rejects.toBe(unreadable);
});

test("a stream is ended whose proof can't be looked at, and whose credentials are refused", async () => {
  const { state, source, stream } = admitted();
  const next = stream.next();
  Object.assign(state, { holds: unreadable, refusal: revoked });
  source.give(1);
  await expect(next).rejects.toThrow("revoked");
});

test.for([
  ["at once", () => raise(unreadable)],
  ["later", () => Promise.reject(unreadable)],
] as const)("where the look at the tokens fails %s, each stream is looked at all the same", async ([, look]) => {
  vi.useFakeTimers();
  try {
    const { state, stream, streams } = admitted(look);
    const refused = expect(stream.next()).rejects.toThrow("revoked");
    state.holds = unreadable;
    await vi.advanceTimersByTimeAsync(3000);
    expect(streams.size).toBe(1);
    state.refusal = revoked;
    await vi.advanceTimersByTimeAsync(1000);
    await refused;
  } finally {
    vi.useRealTimers();
  }
});

test("a stream that waits is ended by the timer of all, which stops with the last of them", async () => {
  vi.useFakeTimers();
  try {
    const { state, source, stream, streams } = admitted();
    const next = stream.next();
    const refused = expect(next).rejects.toThrow("revoked");
    await vi.advanceTimersByTimeAsync(3000);
    expect(streams.size).toBe(1);
    Object.assign(state, { holds: false, refusal: revoked });
    await vi.advanceTimersByTimeAsync(1000);
    await refused;
    expect(source.isReturned).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
