import assert from "node:assert/strict";
import { ask, type Http1Request } from "../load/http1-request.ts";
import { featureKey, organisationId } from "../seed.ts";
import {
  checkedFeature,
  checkPath,
  checkRequest,
  checkResponse,
  forEachOf,
  restBase,
  restCheck,
  unarySeed,
} from "./check-call.ts";
import { http1Row } from "./http1-row.ts";
import type { Row } from "./row.ts";

function restOrganisation(organisation: number): Http1Request {
  return { method: "GET", path: `${restBase}/${organisationId(organisation)}` };
}

function verifyOrganisation(body: string): void {
  const { features, overridesEach } = unarySeed(1);
  const { org_id, flags } = JSON.parse(body);
  assert.equal(org_id, organisationId(0));
  assert.equal(Object.keys(flags).length, features);
  const on = Object.keys(flags).filter((key) => flags[key]);
  assert.deepEqual(on, forEachOf(overridesEach, featureKey));
}

async function conditional(url: string, request: Http1Request): Promise<Http1Request> {
  const { headers } = await ask(url, request);
  return { ...request, headers: { "if-none-match": headers.etag ?? "" } };
}

async function inTurn<T>(count: number, make: (number: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let number = 0; number < count; number++) {
    made.push(await make(number));
  }
  return made;
}

function connectCheck(codec: string, body: Uint8Array): Http1Request {
  const headers = { "content-type": `application/${codec}`, "connect-protocol-version": "1" };
  return { method: "POST", path: checkPath, headers, body: Buffer.from(body) };
}

function connectJsonCheck(organisation: number): Http1Request {
  const message = { orgId: organisationId(organisation), featureKey: checkedFeature };
  return connectCheck("json", Buffer.from(JSON.stringify(message)));
}

/** The rows over HTTP/1.1: three of REST, two of Connect. */
export const http1Rows: readonly Row[] = [
  http1Row({
    name: "rest-check",
    work: "REST check",
    requests: async (_url, organisations) => forEachOf(organisations, restCheck),
    expectedStatus: 200,
    verify: (body) =>
      assert.equal(body, `{"org_id":"${organisationId(0)}","feature_key":"${checkedFeature}","enabled":true}`),
    atMost: 1.35,
    isConnect: false,
  }),
  http1Row({
    name: "rest-organisation",
    work: "REST organisation of 50 flags",
    requests: async (_url, organisations) => forEachOf(organisations, restOrganisation),
    expectedStatus: 200,
    verify: verifyOrganisation,
    atMost: 1.6,
    isConnect: false,
  }),
  http1Row({
    name: "rest-not-modified",
    work: "REST organisation of 50 flags, 304",
    requests: (url, organisations) =>
      inTurn(organisations, (organisation) => conditional(url, restOrganisation(organisation))),
    expectedStatus: 304,
    verify: (body) => assert.equal(body, ""),
    atMost: 1.2,
    isConnect: false,
  }),
  http1Row({
    name: "connect-json",
    work: "Connect JSON check, HTTP/1.1",
    requests: async (_url, organisations) => forEachOf(organisations, connectJsonCheck),
    expectedStatus: 200,
    verify: (body) =>
      assert.equal(body, `{"orgId":"${organisationId(0)}","featureKey":"${checkedFeature}","enabled":true}`),
    atMost: 1.4,
    isConnect: true,
  }),
  http1Row({
    name: "connect-proto",
    work: "Connect binary check, HTTP/1.1",
    requests: async (_url, organisations) =>
      forEachOf(organisations, (organisation) => connectCheck("proto", checkRequest(organisation))),
    expectedStatus: 200,
    verify: (body) => assert.equal(body, Buffer.from(checkResponse(0)).toString()),
    atMost: 1.4,
    isConnect: true,
  }),
];
