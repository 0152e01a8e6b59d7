import fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimiter } from "../../src/rpc/rate-limiter.ts";
import { TooManyRequests } from "../../src/rpc/too-many-requests.ts";

const rate = { perSecond: 2, burst: 3 };

test("a burst is admitted at once, and then as many as the rate says", () => {
  let now = 0;
  const limiter = new RateLimiter(rate, "this address", 10, () => now);
  expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
  expect(limiter.take("a")).toBe(0.5);
  expect(limiter.take("b")).toBe(0);
  now = 499;
  expect(limiter.take("a")).toBeCloseTo(0.001);
  now = 500;
  expect(limiter.take("a")).toBe(0);
  expect(limiter.take("a")).toBe(0.5);
  now = 1_000_000;
  expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
  expect(limiter.take("a")).toBe(0.5);
});

test("a refusal says who and when to try again, in whole seconds", () => {
  const limiter = new RateLimiter({ perSecond: 0.4, burst: 1 }, "this address", 10, () => 0);
  limiter.count("a");
  const refused = (() => {
    try {
      return limiter.count("a");
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toBeInstanceOf(TooManyRequests);
  expect(refused).toMatchObject({
    code: "RESOURCE_EXHAUSTED",
    message: "too many requests of this address: try again in 3 s",
    retryAfterSeconds: 3,
  });
});

test("those that asked last are remembered, and no more than the bound", () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, "this address", 2, () => 0);
  limiter.take("a");
  limiter.take("b");
  expect(limiter.take("a")).toBe(1);
  limiter.take("c");
  expect(limiter.size).toBe(2);
  expect(limiter.take("a")).toBe(1);
  expect(limiter.take("b")).toBe(0);
});

test("no more are admitted than the burst and what the time has brought", () => {
  const waits = fc.array(fc.nat(2000), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (gaps, perSecond, burst) => {
      let now = 0;
      let admitted = 0;
      const limiter = new RateLimiter({ perSecond, burst }, "this address", 10, () => now);
      for (const gap of gaps) {
        now += gap;
        const seconds = limiter.take("a");
        admitted += seconds === 0 ? 1 : 0;
        expect(seconds).toBeLessThanOrEqual(1 / perSecond + 1e-9);
      }
      expect(admitted).toBeLessThanOrEqual(burst + (now / 1000) * perSecond + 1e-9);
    }),
  );
});
