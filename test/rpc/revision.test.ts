import { createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { type Revisions, revisionGuard } from "../../src/rpc/revision.ts";
import { collect } from "./collect.ts";

const { getFeature, createFeature } = FeatureService.method;

interface Wait {
  readonly revision: number;
  readonly timeoutMs: number;
  arrive(): void;
}

/** Revisions that go on when a test says so. */
class Steps implements Revisions {
  revision = 7;
  readonly waits: Wait[] = [];

  atLeast(revision: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const arrive = () => {
        this.revision = revision;
        resolve();
      };
      this.waits.push({ revision, timeoutMs, arrive });
    });
  }
}

function contextOf(requestHeader: Record<string, string> = {}, timeoutMs?: number): HandlerContext {
  return createHandlerContext({
    service: FeatureService,
    method: getFeature,
    protocolName: "grpc",
    requestMethod: "POST",
    url: "http://x/a",
    requestHeader,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
}

const told = ({ responseHeader }: HandlerContext) => responseHeader.get("orgflags-revision");

describe("every answer tells the revision as of when it is made", () => {
  test("at once", () => {
    const context = contextOf();
    expect(revisionGuard(new Steps()).single(getFeature, () => ({}))({}, context)).toEqual({});
    expect(told(context)).toBe("7");
  });

  test("or later", async () => {
    const steps = new Steps();
    const context = contextOf();
    const write = async () => {
      steps.revision = 8;
      return {};
    };
    await revisionGuard(steps).single(createFeature, write)({}, context);
    expect(told(context)).toBe("8");
  });

  test("of a read that takes time, as of when that begins: what it is made of may be as old", async () => {
    const steps = new Steps();
    const context = contextOf();
    const read = async () => {
      steps.revision = 8;
      return {};
    };
    await revisionGuard(steps).single(getFeature, read)({}, context);
    expect(told(context)).toBe("7");
  });

  test("or as a stream, when it begins", async () => {
    const context = contextOf();
    const seen: unknown[] = [];
    const stream = revisionGuard(new Steps()).stream(Health.method.watch, async function* () {
      seen.push(told(context));
      yield {};
    });
    await collect(stream({}, context));
    expect(seen).toEqual(["7"]);
  });
});

test("a context that sets headers of the answer by itself is asked to", () => {
  const set: string[] = [];
  const lean = { setAnswerHeader: (name: string, value: string) => void set.push(`${name}: ${value}`) };
  const context = Object.assign(contextOf(), lean);
  revisionGuard(new Steps()).single(getFeature, () => ({}))({}, context);
  expect(set).toEqual(["orgflags-revision: 7"]);
  expect(told(context)).toBe(null);
});

describe("orgflags-min-revision", () => {
  const headers = { "orgflags-min-revision": "9" };

  test("makes a read wait, for a second where there is no deadline", async () => {
    const steps = new Steps();
    const context = contextOf(headers);
    const seen: number[] = [];
    const answer = revisionGuard(steps).single(getFeature, () => {
      seen.push(steps.revision);
      return {};
    })({}, context);
    expect({ seen, waits: steps.waits }).toMatchObject({ seen: [], waits: [{ revision: 9, timeoutMs: 1000 }] });
    steps.waits[0]?.arrive();
    expect(await answer).toEqual({});
    expect(seen).toEqual([9]);
    expect(told(context)).toBe("9");
  });

  test("makes a stream wait before it begins", async () => {
    const steps = new Steps();
    const context = contextOf(headers);
    const stream = revisionGuard(steps).stream(ChangeService.method.watchChanges, async function* () {
      yield { revision: BigInt(steps.revision) };
    });
    const messages = collect(stream({}, context));
    steps.waits[0]?.arrive();
    expect(await messages).toEqual([{ revision: 9n }]);
    expect(told(context)).toBe("9");
  });

  test("leaves some of the deadline for the answer", () => {
    const steps = new Steps();
    revisionGuard(steps).single(getFeature, () => ({}))({}, contextOf(headers, 20_000));
    expect(steps.waits[0]?.timeoutMs).toBeGreaterThan(17_000);
    expect(steps.waits[0]?.timeoutMs).toBeLessThanOrEqual(18_000);
  });

  test("waits for half a minute at most, however late the deadline is", () => {
    const steps = new Steps();
    revisionGuard(steps).single(getFeature, () => ({}))({}, contextOf(headers, 2_000_000_000));
    expect(steps.waits[0]?.timeoutMs).toBe(30_000);
  });

  test("says nothing to writes", () => {
    const steps = new Steps();
    expect(revisionGuard(steps).single(createFeature, () => ({}))({}, contextOf(headers))).toEqual({});
    expect(steps.waits).toEqual([]);
  });

  test("what is long and none is not said again whole", () => {
    const context = contextOf({ "orgflags-min-revision": "\xff".repeat(12_000) });
    const call = () => revisionGuard(new Steps()).single(getFeature, () => ({}))({}, context);
    expect(call).toThrow(/^.{100,400}… \(12,000 characters\)$/);
  });

  test.for(["", "-1", "new", "9007199254740992"])("%j is refused by its name", (text) => {
    const call = () => {
      const context = contextOf({ "orgflags-min-revision": text });
      return revisionGuard(new Steps()).single(getFeature, () => ({}))({}, context);
    };
    expect(call).toThrow("orgflags-min-revision: must be a revision: a whole number from 0 to 9,007,199,254,740,991");
  });
});
