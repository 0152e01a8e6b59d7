import { expect, test } from "vitest";
import { RecentMap } from "../../src/domain/recent-map.ts";

test("what is asked for stays, and what nobody asks for goes", () => {
  const map = new RecentMap<string, { n: number }>(10);
  map.set("kept", { n: -1 });
  for (let n = 0; n < 100; n++) {
    map.set(`other ${n}`, { n });
    expect(map.get("kept")).toEqual({ n: -1 });
  }
  const left = Array.from({ length: 100 }, (_, n) => map.get(`other ${n}`)).filter((each) => each !== undefined);
  expect(left.length).toBeGreaterThanOrEqual(9);
  expect(left.length).toBeLessThanOrEqual(20);
});

test("what is deleted is gone, of whichever age", () => {
  const map = new RecentMap<string, object>(1);
  map.set("old", {});
  map.set("young", {});
  map.delete("old");
  map.delete("young");
  expect([map.get("old"), map.get("young")]).toEqual([undefined, undefined]);
  map.set("old", {});
  map.set("young", {});
  map.clear();
  expect([map.get("old"), map.get("young")]).toEqual([undefined, undefined]);
});
