import { create, createRegistry } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { JsonForm } from "../../src/transcoding/json-form.ts";
import { createRoutes, type ServedRoute } from "../../src/transcoding/route.ts";
import { FrameDesk } from "../../src/transcoding/stream-frames.ts";
import { WatchBooksResponseSchema } from "../gen/library_pb.ts";
import { implementLibrary } from "./library.ts";

class CountingForm extends JsonForm {
  count = 0;

  override stringify(...args: Parameters<JsonForm["stringify"]>): string {
    this.count += 1;
    return super.stringify(...args);
  }
}

function routes(): readonly ServedRoute[] {
  return implementLibrary({})
    .filter(({ method }) => method.name === "WatchBooks")
    .flatMap((spec) => createRoutes(spec, 100));
}

test("a message object is written once for each route and form", () => {
  const json = new CountingForm(createRegistry());
  const desk = new FrameDesk(json);
  const [books, names] = routes() as [ServedRoute, ServedRoute];
  const message = create(WatchBooksResponseSchema, { name: "a", number: 1 });
  const write = (route: ServedRoute, form: "ndjson" | "sse") => desk.of(route, form).message(message);
  const frames = [write(books, "ndjson"), write(books, "sse"), write(names, "ndjson"), write(names, "sse")];
  expect(frames.map((frame) => new TextDecoder().decode(frame))).toEqual([
    '{"name":"a","number":1}\n',
    'data: {"name":"a","number":1}\n\n',
    '"a"\n',
    'data: "a"\n\n',
  ]);
  const again = [write(books, "ndjson"), write(books, "sse"), write(names, "ndjson"), write(names, "sse")];
  expect(again.every((frame, index) => frame === frames[index])).toBe(true);
  expect(json.count).toBe(4);
});

test("what a message can be made of is written once, too; an equal object is another one", () => {
  const json = new CountingForm(createRegistry());
  const [route] = routes() as [ServedRoute];
  const frames = new FrameDesk(json).of(route, "ndjson");
  const init = { number: 1 };
  expect(frames.message(init)).toBe(frames.message(init));
  expect(frames.message({ number: 1 })).not.toBe(frames.message(init));
  expect(json.count).toBe(2);
});

test("what is no message is refused each time", () => {
  const [route] = routes() as [ServedRoute];
  const frames = new FrameDesk(new JsonForm(createRegistry())).of(route, "ndjson");
  const wrong = { name: 7 };
  for (const _ of [1, 2]) expect(() => frames.message(wrong)).toThrow();
});
