import { expect, test } from "vitest";
import { splitComment, trimComment } from "../../../src/transcoding/openapi/comments.ts";
import { createOpenApiDocument, type Described } from "../../../src/transcoding/openapi/document.ts";
import { KindsService } from "../../gen/kinds_pb.ts";

test.for([
  [" One line.\n", "One line."],
  [" A paragraph\n of two lines.\n\n Another.\n", "A paragraph of two lines.\n\nAnother."],
  [" A list:\n\n - one\n   and a half\n - two\n", "A list:\n\n- one and a half\n- two"],
  [" Code:\n\n     a();\n     b();\n", "Code:\n\n    a();\n    b();"],
  ["", ""],
])("the comment %j is the text %j", ([comment = "", text]) => {
  expect(trimComment(comment)).toBe(text);
});

test.for([
  ["Gets one.", "Gets one", ""],
  ["Gets `one`. Or none.", "Gets one", "Or none."],
  ["Gets v1.2 of it. Or none.", "Gets v1.2 of it", "Or none."],
  ["No full stop\n\nMore.", "No full stop", "More."],
  ["", "", ""],
])("%j is summed up as %j", ([comment = "", summary, description]) => {
  expect(splitComment(comment)).toEqual({ summary, description });
});

test("every element that has a comment is described by it", () => {
  const comments = (desc: Described) => `About ${desc.name}. And more.`;
  const info = { title: "test", version: "v1" };
  const { tags, paths, components } = createOpenApiDocument({ services: [KindsService], info, comments });
  expect(tags).toEqual([{ name: "KindsService", description: "About KindsService. And more." }]);
  expect(paths["/v1/kinds/{id}"]?.get).toMatchObject({ summary: "About GetKinds", description: "And more." });
  expect(paths["/v1/kinds/{id}"]?.get?.parameters?.[0]?.description).toBe("About id. And more.");
  expect(paths["/v1/kinds/{id}"]?.get?.responses[200]).toMatchObject({ description: "About Kinds. And more." });
  expect(components.schemas["vectors.v1.Nested"]).toMatchObject({
    description: "About Nested. And more.",
    properties: { label: { description: "About label. And more." } },
  });
  expect(components.schemas["vectors.v1.Color"]?.description).toContain("\n- `COLOR_RED`: About COLOR_RED.");
});
