import { type Coding, chooseCoding, compress } from "../transcoding/compression.ts";
import { makeETag, matchesETag, tagCoding } from "../transcoding/etag.ts";
import type { AddedHeaders } from "../transcoding/transcoder.ts";
import type { Lane, Request, Response } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";
import { answerAllowed, answerFailure, writeHead } from "./status-answer.ts";

/** What a path answers, always the same bytes. */
export interface Resource {
  readonly type: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes the lanes of resources, by their whole path: there is no folder behind it that a path could lead out of.
 * Clients may keep them, but ask each time whether they are still the same.
 */
export function createStaticLanes(resources: ReadonlyMap<string, Resource>): PathTable {
  return new Map([...resources].map(([path, resource]) => [path, createStaticLane(new StaticFile(resource))]));
}

function createStaticLane(file: StaticFile): Lane {
  return (request, response, _path, added) => {
    if (request.method === "GET" || request.method === "HEAD") {
      file.answer(request, response, added).catch(() => {
        // The client is away, or memory for a compressed copy is: there is nobody to tell more.
        answerFailure(response, added);
      });
    } else {
      answerAllowed(response, request.method, ["GET", "HEAD"], added);
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

  async answer({ method, headers }: Request, response: Response, added: AddedHeaders | undefined): Promise<void> {
    const coding = chooseCoding(textOf(headers["accept-encoding"]));
    const etag = tagCoding(this.#etag, coding);
    const body = await this.#encode(coding);
    const common = this.#headers(etag, added);
    if (headers["if-none-match"] !== undefined && matchesETag(headers["if-none-match"], etag)) {
      writeHead(response, 304, common);
      response.end();
      return;
    }
    const encoding = coding === undefined ? {} : { "content-encoding": coding };
    const content = { "content-type": this.#resource.type, "content-length": String(body.length), ...encoding };
    writeHead(response, 200, { ...common, ...content });
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

  #headers(etag: string, added: AddedHeaders | undefined): AddedHeaders {
    return {
      "cache-control": "no-cache",
      ...added,
      ...this.#resource.headers,
      vary: added?.vary === undefined ? "Accept-Encoding" : `${added.vary}, Accept-Encoding`,
      etag,
      "x-content-type-options": "nosniff",
    };
  }
}

function textOf(header: number | string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
