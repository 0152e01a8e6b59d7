import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../app-under-test.ts";

const path = "/orgflags.v1.OrgFeatureFlagService/GetOrgFeatureFlags";

// V8 quotes what it can't parse, and cuts through characters of two code units.
const broken = ['{"org_id":😀}', "😀😀😀😀😀😀😀😀😀😀", "a😀😀😀😀😀😀😀😀😀😀"];

function envelope(json: string): Buffer {
  const body = Buffer.from(json);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

test.for(broken)("a gRPC call with %s for its JSON is refused as what it is, over HTTP/2", async (json) => {
  const { url } = await startApp();
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc+json" });
  let status: unknown;
  for (const part of ["response", "trailers"]) {
    stream.on(part, (headers) => {
      status ??= headers["grpc-status"];
    });
  }
  stream.end(envelope(json));
  const [head] = await once(stream, "response");
  await buffer(stream);
  expect({ http: head[":status"], status }).toEqual({ http: 200, status: "3" });
});

test.for(broken)("and over HTTP/1.1, by gRPC-Web too: %s", async (json) => {
  const { url } = await startApp();
  for (const type of ["application/grpc+json", "application/grpc-web+json"]) {
    const answer = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": type },
      body: new Uint8Array(envelope(json)),
    });
    const told = `grpc-status: ${answer.headers.get("grpc-status")}\n${await answer.text()}`;
    expect({ status: answer.status, told }).toMatchObject({ status: 200 });
    expect(told).not.toMatch(/grpc-status: *(?:2|13)\b/);
  }
});
