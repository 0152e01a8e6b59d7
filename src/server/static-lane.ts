import { type Coding, chooseCoding, compress } from "../transcoding/compression.ts";
import { makeETag, matchesETag, tagCoding } from "../transcoding/etag.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import { answerAllowed, answerFailure } from "./status-answer.ts";

/** What a path answers, always the same bytes. */
export interface Resource {
  readonly type: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes the lane of resources, by their whole path: there is no folder behind it that a path could lead out of. Clients
 * may keep them, but ask each time whether they are still the same.
 */
export function createStaticLane(resources: ReadonlyMap<string, Resource>): Lane {
  const files = new Map([...resources].map(([path, resource]) => [path, new StaticFile(resource)]));
  return (request, response, path) => {
    const file = files.get(path);
    if (file === undefined) {
      return false;
    }
    if (request.method === "GET" || request.method === "HEAD") {
      file.answer(request, response).catch(() => {
        // The client is away, or memory for a compressed copy is: there is nobody to tell more.
        answerFailure(response);
      });
    } else {
      answerAllowed(response, request.method, ["GET", "HEAD"]);
    }
    return true;
  };
}

class StaticFile {
  readonly #resource: Resource;
  readonly #etag: string;
  /** Compressed once, when a client first asks for it. */
  readonly #compressed = new Map<Coding, Promise<Buffer>>();

  constructor(resource: Resource) {
    this.#resource = resource;
    this.#etag = makeETag(resource.body);
  }

  async answer({ method, headers }: Request, response: Response): Promise<void> {
    const { type } = this.#resource;
    const coding = chooseCoding(textOf(headers["accept-encoding"]));
    const etag = tagCoding(this.#etag, coding);
    const body = await this.#encode(coding);
    this.#setHeaders(response, etag);
    if (headers["if-none-match"] !== undefined && matchesETag(headers["if-none-match"], etag)) {
      response.statusCode = 304;
      response.end();
      return;
    }
    response.setHeader("content-type", type);
    response.setHeader("content-length", body.length);
    if (coding !== undefined) {
      response.setHeader("content-encoding", coding);
    }
    response.end(method === "HEAD" ? "" : body);
  }

  #encode(coding: Coding | undefined): Buffer | Promise<Buffer> {
    const { body } = this.#resource;
    if (coding === undefined) {
      return body;
    }
    const compressed = this.#compressed.get(coding) ?? compress(coding, body);
    this.#compressed.set(coding, compressed);
    return compressed;
  }

  #setHeaders(response: Response, etag: string): void {
    for (const [name, value] of Object.entries(this.#resource.headers ?? {})) {
      response.setHeader(name, value);
    }
    const vary = textOf(response.getHeader("vary"));
    response.setHeader("vary", vary === undefined ? "Accept-Encoding" : `${vary}, Accept-Encoding`);
    response.setHeader("cache-control", "no-cache");
    response.setHeader("etag", etag);
    response.setHeader("x-content-type-options", "nosniff");
  }
}

function textOf(header: number | string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
