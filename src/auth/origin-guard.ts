import { isIP } from "node:net";
import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { DomainError } from "../domain/errors.ts";
import { quote } from "../domain/validation.ts";
import { requestHeader } from "../rpc/call-headers.ts";
import { callerOf } from "../rpc/caller.ts";
import type { Guard } from "../rpc/guard.ts";

// A scheme, a host name and a port.
const longestOrigin = 300;

/** Which web pages may write. */
export interface OriginGuardOptions {
  /** Their origins, as browsers send them; `*` stands for none here. */
  readonly origins: readonly string[];
  /** Whether only this machine can reach the service. */
  readonly isLoopback: boolean;
}

const localName = /^(?:.+\.)?localhost$/;

/**
 * Makes the guard that lets pages write only if they are of the service itself, of a named origin, or show credentials
 * that have been proven by then: a browser sends what any page asks it to send, also to services that only its own
 * machine can reach. What has no side effects is left alone.
 */
export function originGuard({ origins, isLoopback }: OriginGuardOptions): Guard {
  const named = new Set(origins);
  const check = (context: HandlerContext): void => {
    const origin = requestHeader(context, "origin");
    if (origin !== undefined && !named.has(origin) && !isTrusted(context, origin, isLoopback)) {
      throw new DomainError(
        "PERMISSION_DENIED",
        `pages of ${quote(origin, longestOrigin)} may not write: --cors-origins would have to name it`,
      );
    }
  };
  return {
    single: (method, next) =>
      isRead(method)
        ? next
        : (input, context) => {
            check(context);
            return next(input, context);
          },
    stream: (method, next) =>
      isRead(method)
        ? next
        : (input, context) => {
            check(context);
            return next(input, context);
          },
  };
}

function isTrusted(context: HandlerContext, origin: string, isLoopback: boolean): boolean {
  // A browser shows certificates by itself, but no tokens.
  if (callerOf(context) !== undefined && requestHeader(context, "authorization") !== undefined) {
    return true;
  }
  // Nothing that a script can set, and not told of names without TLS.
  if (requestHeader(context, "sec-fetch-site") === "same-origin") {
    return true;
  }
  return isOwn(origin, context.url) && !(isLoopback && isRebound(origin));
}

/** By TLS a page that came without it is none of the service: somebody on the way may have written it. */
function isOwn(origin: string, url: string): boolean {
  if (!URL.canParse(origin)) {
    return false;
  }
  const [page, own] = [new URL(origin), new URL(url)];
  // Without TLS here there may be a proxy that ends it.
  return page.host === own.host && (page.protocol === "https:" || own.protocol === "http:");
}

/**
 * Whether a page may have got here by a name that its owner let point to this machine. By https it could not: it would
 * have had to prove that the name is its own.
 */
function isRebound(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
  return protocol === "http:" && !isAddress && !localName.test(hostname);
}

function isRead({ idempotency }: DescMethod): boolean {
  return idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}
