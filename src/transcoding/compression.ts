import { promisify } from "node:util";
import { brotliCompress, constants, deflate, gzip } from "node:zlib";
import { parseWeighted } from "./media-range.ts";

/** A content coding of answers, as `Content-Encoding` names it. */
export type Coding = "br" | "gzip" | "deflate";

/** In the order of preference among those that a client wants alike. */
const CODINGS: readonly Coding[] = ["br", "gzip", "deflate"];
const COMPRESSIBLE = /^(?:text\/|[^;]*[/+](?:json|xml|javascript|x-ndjson)\b|image\/svg\+xml\b)/i;
/** Brotli's own default, 11, is for files that are compressed once and served often. */
const BROTLI_QUALITY = 4;

const gzipAsync = promisify(gzip);
const deflateAsync = promisify(deflate);
const brotliAsync = promisify(brotliCompress);

/** The coding that the client wants most, or `undefined` for none. */
export function chooseCoding(acceptEncoding: string | undefined): Coding | undefined {
  if (acceptEncoding === undefined || acceptEncoding === "") return undefined;
  const accepted = new Map(parseWeighted(acceptEncoding).map(({ name, weight }) => [name, weight]));
  const gzipWeight = accepted.get("gzip") ?? accepted.get("x-gzip");
  const any = accepted.get("*") ?? 0;
  const weigh = (coding: Coding): number => (coding === "gzip" ? gzipWeight : accepted.get(coding)) ?? any;
  const best = CODINGS.reduce((a, b) => (weigh(b) > weigh(a) ? b : a));
  return weigh(best) > 0 && weigh(best) >= (accepted.get("identity") ?? 0) ? best : undefined;
}

/** Whether compressing the media type is worth the time. */
export function isCompressible(mediaType: string): boolean {
  return COMPRESSIBLE.test(mediaType);
}

/** Compresses a body off the event loop's thread. */
export function compress(coding: Coding, body: string | Uint8Array): Promise<Buffer> {
  switch (coding) {
    case "br":
      return brotliAsync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
    case "gzip":
      return gzipAsync(body);
    case "deflate":
      return deflateAsync(body);
    default:
      return coding satisfies never;
  }
}
