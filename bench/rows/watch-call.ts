import { type IncomingHttpHeaders, request as send } from "node:http";
import type { Http1Request } from "../load/http1-request.ts";
import { verifyPut } from "./put-call.ts";

/** A watch and what it brings. */
export interface FirstEvents {
  readonly request: Http1Request;
  readonly headers: Readonly<Record<string, string>>;
  /** The event that every stream begins with, and that of a change; each ends in an empty line. */
  readonly first: string;
  readonly change: string;
  /** What every event has once. */
  readonly mark: string;
}

const mark = "\n\n";
const own = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);
const request: Http1Request = {
  method: "GET",
  // So rarely that no heartbeat comes while something is measured.
  path: "/api/v1/changes:watch?heartbeat_seconds=300",
  headers: { accept: "text/event-stream" },
};

/** Watches by Server-Sent Events until a change has come; rejects where anything is not as it should be. */
export function watchOnce(url: string): Promise<FirstEvents> {
  return new Promise((resolve, reject) => {
    const { method, path, headers } = request;
    const sent = send(`${url}${path}`, { method, headers: { ...headers }, agent: false }, (response) => {
      let text = "";
      let isBegun = false;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        const [first = "", change = "", ...rest] = text.split(mark);
        if (rest.length > 0) {
          sent.destroy();
          resolve({ request, headers: kept(response.headers), first: first + mark, change: change + mark, mark });
        } else if (text.includes(mark) && !isBegun) {
          isBegun = true;
          // What is written from here on is told.
          verifyPut(url).catch(reject);
        }
      });
      response.on("error", () => {}); // It is destroyed above.
    });
    sent.on("error", reject);
    sent.end();
  });
}

function kept(headers: IncomingHttpHeaders): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => !own.has(name));
  return Object.fromEntries(others.map(([name, value]) => [name, String(value)]));
}
