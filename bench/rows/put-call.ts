import assert from "node:assert/strict";
import type { Http1Traffic } from "../load/http1-load.ts";
import { ask, encodeRequest, type Http1Request } from "../load/http1-request.ts";
import { organisationId } from "../seed.ts";
import { checkedFeature, forEachOf, restBase, restCheck } from "./check-call.ts";

/**
 * PUTs of which every one changes something: each connection has an organisation of its own, and turns its feature off
 * and on again. `count` lives on from one measurement to the next, so that the first PUT of each is a change, too.
 */
export function putTraffic(url: string, connections: number, count: number[]): Http1Traffic {
  const requests = forEachOf(connections, (organisation) =>
    [false, true].map((enabled) => encodeRequest(url, put(organisation, enabled))),
  );
  const next = (connection: number): Buffer => {
    const turn = count[connection] ?? 0;
    count[connection] = turn + 1;
    return requests[connection]?.[turn % 2] ?? Buffer.alloc(0);
  };
  return { connections, next, expectedStatus: 200 };
}

/** Puts once, to the state in which organisations are seeded; throws where the answer or what can be read is wrong. */
export async function verifyPut(url: string): Promise<void> {
  for (const enabled of [false, true]) {
    const written = await ask(url, put(0, enabled));
    const read = await ask(url, restCheck(0));
    assert.equal(written.status, 200);
    assert.equal(JSON.parse(written.body.toString()).enabled, enabled);
    assert.equal(JSON.parse(read.body.toString()).enabled, enabled);
  }
}

/** The PUT that turns the feature of an organisation on or off. */
export function put(organisation: number, enabled: boolean): Http1Request {
  const body = Buffer.from(JSON.stringify({ feature_key: checkedFeature, enabled }));
  const headers = { "content-type": "application/json" };
  return { method: "PUT", path: `${restBase}/${organisationId(organisation)}`, headers, body };
}
