import { expect, test } from "vitest";
import { startServer } from "./test-server.ts";

const service = "/orgflags.v1.FeatureService";
const json = "application/json";
const missing = { code: "unimplemented", message: `there is no procedure ${service}/Nothing` };

test.each([
  ["a call of a method that is not there", "POST", `${service}/Nothing`, json, 404, missing],
  ["a GET of a method that is not there", "GET", `${service}/Nothing?a`, undefined, 404, missing],
  ["a call with a method in other case", "POST", `${service}/getFeature`, json, 404, { code: "unimplemented" }],
  ["Connect with GET of a method with side effects", "GET", `${service}/CreateFeature`, undefined, 405, { code: 12 }],
  ["a PUT of a procedure", "PUT", `${service}/GetFeature`, json, 405, { code: 12 }],
])("%s", async (_name, method, path, type, status, body) => {
  const { url } = await startServer();
  const response = await fetch(`${url}${path}`, {
    method,
    headers: type === undefined ? {} : { "content-type": type },
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject(body);
});

test.each([
  ["GetFeature", "PUT", 405, "GET, OPTIONS, POST"],
  ["CreateFeature", "GET", 405, "OPTIONS, POST"],
  ["CreateFeature", "OPTIONS", 204, "OPTIONS, POST"],
])("%s answers %s with %i and what is allowed", async (name, method, status, allow) => {
  const { url } = await startServer();
  const response = await fetch(`${url}${service}/${name}`, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get("allow")).toBe(allow);
});

test.each([
  [
    "a unary procedure",
    `${service}/GetFeature`,
    "application/json, application/proto, application/grpc, application/grpc-web, application/grpc-web-text",
  ],
  [
    "a stream",
    "/grpc.health.v1.Health/Watch",
    "application/connect+json, application/connect+proto, application/grpc, application/grpc-web, application/grpc-web-text",
  ],
])("%s says which content types it takes", async (_name, path, types) => {
  const { url } = await startServer();
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: "",
  });
  expect(response.status).toBe(415);
  expect(response.headers.get("accept-post")).toBe(types);
});

test.each(["application/grpc", "application/grpc+json", "application/grpc-web+proto", "application/grpc-web-text"])(
  "an unknown method is a head with the status for %s",
  async (type) => {
    const { url } = await startServer();
    const response = await fetch(`${url}${service}/Nothing`, {
      method: "POST",
      headers: { "content-type": `${type};a=b` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("grpc-status")).toBe("12");
    expect(await response.text()).toBe("");
  },
);

test.each(["/", "/api", "/orgflags.v1.FeatureService", "/orgflags.v1/GetFeature", "/no.Service/Method"])(
  "%s goes to REST",
  async (path) => {
    const { url } = await startServer();
    const response = await fetch(`${url}${path}`);
    expect(await response.text()).toBe(`REST GET ${path}`);
  },
);

test("a lane that throws costs that request alone", async () => {
  const transcoder = {
    handle() {
      throw new Error("a bug");
    },
  };
  const { url, log } = await startServer({ transcoder });
  const response = await fetch(`${url}/api`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ code: 13, message: "internal error", details: [] });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(log).toMatchObject([{ level: "error", fields: { err: { message: "a bug" } } }]);
});
