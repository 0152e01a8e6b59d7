import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { bindQuery } from "../../src/transcoding/query.ts";
import { RequestFault } from "../../src/transcoding/request-fault.ts";
import { parseTarget } from "../../src/transcoding/target.ts";
import { createTranscoder } from "../../src/transcoding/transcoder.ts";
import { KindsSchema, KindsService } from "../gen/kinds_pb.ts";
import { implement } from "./implement.ts";

const scope = { message: KindsSchema, bound: new Set<string>(), body: undefined, maxDepth: 100 };
/** Bytes as Node hands them over: one character each. */
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => String.fromCharCode(...array));
/** Texts of what a target is made of, so that more of them get somewhere. */
const pieces = fc.array(
  fc.constantFrom(
    "/",
    "%",
    "2",
    "F",
    "%2F",
    "%c3%a9",
    ":",
    "?",
    "a",
    "v1",
    "kinds",
    "http://",
    "[",
    "]",
    ".",
    "=",
    "&",
    "\u00ff",
  ),
);
const target = fc.oneof(
  bytes,
  pieces.map((texts) => texts.join("")),
);

test("no target throws", () => {
  fc.assert(
    fc.property(target, (raw) => {
      const { kind } = parseTarget(raw);
      expect(["target", "no-path", "malformed"]).toContain(kind);
    }),
    { numRuns: 5000 },
  );
});

test("no query throws anything but a fault", () => {
  const field = fc.constantFrom(...KindsSchema.fields.map(({ name }) => name));
  const query = fc.oneof(
    target,
    fc
      .tuple(field, fc.constantFrom("", "[", "[a]", ".label", ".child.tags"), target)
      .map(([a, b, c]) => `${a}${b}=${c}`),
  );
  fc.assert(
    fc.property(query, (raw) => {
      const outcome = attempt(() => bindQuery(create(KindsSchema), raw, scope));
      expect(outcome === undefined || outcome instanceof RequestFault).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("a target is decoded once, however long it is", () => {
  const decode = vi.spyOn(globalThis, "decodeURIComponent");
  try {
    fc.assert(
      fc.property(fc.array(target, { minLength: 50, maxLength: 100 }), (parts) => {
        decode.mockClear();
        const raw = `/${parts.join("/")}`;
        parseTarget(raw);
        const decoded = decode.mock.calls.reduce((sum, [text]) => sum + String(text).length, 0);
        // A byte beyond ASCII becomes an escape of three characters.
        expect(decoded).toBeLessThanOrEqual(raw.length * 3);
      }),
    );
  } finally {
    decode.mockRestore();
  }
});

test("a transcoder answers every request line once", () => {
  const methods = KindsService.methods.map((method) => implement(method, () => create(KindsSchema)));
  const transcoder = createTranscoder({ methods });
  fc.assert(
    fc.property(fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "BREW"), target, (method, url) => {
      const response = { headersSent: false, destroyed: false, writeHead: vi.fn(), end: vi.fn() };
      // As much of a request and a response as one without a body touches.
      transcoder.handle({ method, url, headers: {}, rawHeaders: [] } as never, response as never);
      expect(response.writeHead).toHaveBeenCalledOnce();
      expect(response.end).toHaveBeenCalledOnce();
      expect(response.writeHead.mock.calls[0]?.[0]).not.toBe(500);
    }),
    { numRuns: 2000 },
  );
});

function attempt(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
