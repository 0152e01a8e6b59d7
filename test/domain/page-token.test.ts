import { expect, test } from "vitest";
import { decodePageToken, encodePageToken } from "../../src/domain/page-token.ts";

test.for(["", "a", "sms_reminders", "x".repeat(64)])("the token of %j gives it back", (key) => {
  expect(decodePageToken("page_token", encodePageToken(key))).toBe(key);
});

test.for(["!!", "a", "_w==", "4pyT4"])("%j is no token", (token) => {
  expect(() => decodePageToken("page_token", token)).toThrow(
    "page_token: must be a next_page_token that this server answered",
  );
});
