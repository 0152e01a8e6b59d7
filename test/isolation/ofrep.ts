import type { About } from "./asks.ts";
import type { WireRequest } from "./exchange.ts";
import type { Headers } from "./protocols.ts";

const evaluate = "/ofrep/v1/evaluate/flags";

/** Evaluations by OFREP, of an organisation's flag and of all its flags. */
export function ofrepRequests({ orgId, featureKey }: About, headers: Headers): readonly WireRequest[] {
  const own = Buffer.from(JSON.stringify({ context: { targetingKey: orgId } }));
  const post = (path: string, more: Headers = {}, body = own): WireRequest => {
    const sent = { "content-type": "application/json", ...headers, ...more };
    return { http: "1.1", method: "POST", path, headers: sent, body };
  };
  return [
    post(evaluate),
    { ...post(evaluate), http: "2" },
    post(evaluate, { "accept-encoding": "gzip" }),
    post(evaluate, { "if-none-match": "*" }),
    post(evaluate, { "if-none-match": '"none"' }),
    post(`${evaluate}?flagConfigEtag=1`),
    post(`${evaluate}/${featureKey}`),
    post(`${evaluate}/not_there_yet`),
    post(evaluate, {}, Buffer.from(JSON.stringify({ context: { org_id: orgId } }))),
    post(evaluate, {}, Buffer.from("{}")),
    { http: "1.1", method: "HEAD", path: eventsPath(orgId), headers },
  ];
}

/** Events by OFREP, from now on. */
export function eventRequests(orgId: string, headers: Headers): readonly WireRequest[] {
  const path = eventsPath(orgId);
  return [
    { http: "1.1", method: "GET", path, headers },
    { http: "2", method: "GET", path, headers },
  ];
}

function eventsPath(orgId: string): string {
  return `/ofrep/v1/events/${encodeURIComponent(orgId)}`;
}
