import { expect, onTestFinished, test, vi } from "vitest";
import type { HistoryRetention } from "../../src/domain/change.ts";
import { HistoryPruner } from "../../src/flags/history-pruner.ts";

const all = { maxAgeMs: undefined, maxChanges: undefined };
const some = { maxAgeMs: undefined, maxChanges: 10 };

/** A store with something to remove, so many times over. */
class Old {
  left: number;
  readonly calls: HistoryRetention[] = [];
  fault: Error | undefined;

  constructor(left: number) {
    this.left = left;
  }

  async pruneHistory(retention: HistoryRetention): Promise<boolean> {
    this.calls.push(retention);
    if (this.fault !== undefined) {
      throw this.fault;
    }
    this.left = Math.max(0, this.left - 1);
    return this.left > 0;
  }
}

function start(store: Old, retention: HistoryRetention) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const errors: unknown[] = [];
  const pruner = new HistoryPruner(store, retention, { intervalMs: 60_000, onError: (error) => errors.push(error) });
  return { pruner, errors };
}

test("all that need not be kept goes at once, and again when its time comes", async () => {
  const store = new Old(3);
  const { pruner } = start(store, some);
  await vi.advanceTimersByTimeAsync(0);
  expect({ left: store.left, calls: store.calls }).toEqual({ left: 0, calls: [some, some, some] });
  store.left = 2;
  await vi.advanceTimersByTimeAsync(59_999);
  expect(store.left).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(store.left).toBe(0);
  await pruner.stop();
});

test("where everything is kept nothing is asked of the store", async () => {
  const store = new Old(3);
  const { pruner } = start(store, all);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(store.calls).toEqual([]);
  await pruner.stop();
});

test("a failure is told, and it is tried again", async () => {
  const store = new Old(1);
  store.fault = new Error("disk full");
  const { pruner, errors } = start(store, some);
  await vi.advanceTimersByTimeAsync(0);
  expect(errors).toEqual([store.fault]);
  store.fault = undefined;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(store.left).toBe(0);
  await pruner.stop();
});

test("one that is stopped removes no more, and waits for what is being removed", async () => {
  const store = new Old(1_000_000);
  const { pruner } = start(store, some);
  const stopped = pruner.stop();
  await stopped;
  const { length } = store.calls;
  await vi.advanceTimersByTimeAsync(120_000);
  expect([length, store.calls.length]).toEqual([1, 1]);
});
