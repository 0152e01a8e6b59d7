import { describe, expect, test } from "vitest";
import { percentDecode, percentDecodeExceptSlash, percentEncode } from "../../src/transcoding/percent.ts";
import { parseTarget } from "../../src/transcoding/target.ts";

describe("targets", () => {
  test.for<[target: string, path: string[], query: string]>([
    ["/a", ["a"], ""],
    ["/a/b%20c", ["a", "b c"], ""],
    ["/a?b=/c?d", ["a"], "b=/c?d"],
    ["/a?", ["a"], ""],
    ["/../.", ["..", "."], ""],
    ["/%2e%2e", [".."], ""],
    ["http://host/a", ["a"], ""],
    ["HTTPS://user@host:1/a/b?c", ["a", "b"], "c"],
    ["/http:/host", ["http:", "host"], ""],
    ["/caf\u00c3\u00a9", ["café"], ""],
    ["/a#b", ["a#b"], ""],
  ])("%s", ([target, decoded, query]) => {
    expect(parseTarget(target)).toMatchObject({ kind: "target", path: { decoded }, query });
  });

  test.for<[target: string, kind: string]>([
    ["", "no-path"],
    ["/", "no-path"],
    ["*", "no-path"],
    ["a/b", "no-path"],
    ["//a", "no-path"],
    ["/a/", "no-path"],
    ["/a//b", "no-path"],
    ["/?a=b", "no-path"],
    ["?a", "no-path"],
    ["http://host", "no-path"],
    ["http://host?a", "no-path"],
    ["http:///a//", "no-path"],
    ["host:80", "no-path"],
    ["/a//%zz", "no-path"],
    ["/%zz", "malformed"],
    ["/%", "malformed"],
    ["/%c3/%a9", "malformed"],
    ["/caf\u00c3", "malformed"],
    ["/\u00ff", "malformed"],
    ["/%ed%a0%80", "malformed"],
  ])("%s is %s", ([target, kind]) => {
    expect(parseTarget(target).kind).toBe(kind);
  });
});

describe("escapes", () => {
  test.for<[raw: string, decoded: string | undefined, exceptSlash: string | undefined]>([
    ["a+b", "a+b", "a+b"],
    ["%2f%2F%252F", "//%2F", "%2f%2F%2F"],
    ["%E4%B8%96", "世", "世"],
    ["a%", undefined, undefined],
    ["%2", undefined, undefined],
    ["%c0%af", undefined, undefined],
    ["%e4%b8%2f%96", undefined, undefined],
  ])("%s", ([raw, decoded, exceptSlash]) => {
    expect(percentDecode(raw)).toBe(decoded);
    expect(percentDecodeExceptSlash(raw)).toBe(exceptSlash);
  });

  test("everything but unreserved characters is escaped", () => {
    expect(percentEncode("aZ0-._~!'()*/ é")).toBe("aZ0-._~%21%27%28%29%2A%2F%20%C3%A9");
  });
});
