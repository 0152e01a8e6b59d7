import { randomUUID } from "node:crypto";

/** The header by which a request and its answer are found in logs. */
export const requestIdKey = "x-request-id";

const wellFormed = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that a client gave its request, where it is a plain one. */
export function givenRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" && wellFormed.test(header) ? header : undefined;
}

/** The id of a request that has to have one: the client's, or a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return givenRequestId(header) ?? randomUUID();
}
