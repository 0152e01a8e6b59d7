/** An element of `Accept` or `Accept-Encoding`: what it names, in small letters without parameters, and its weight. */
export interface Weighted {
  readonly name: string;
  /** From 0, not acceptable, to 1. */
  readonly weight: number;
}

const WEIGHT = /^q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/i;

/** Splits an `Accept`-like header by its commas; elements without a valid `q` weigh 1. */
export function parseWeighted(header: string): Weighted[] {
  return header.split(",").flatMap((element) => {
    const [name = "", ...parameters] = element.split(";").map((part) => part.trim());
    if (name === "") return [];
    const weights = parameters.map((parameter) => WEIGHT.exec(parameter)?.[1]).filter((text) => text !== undefined);
    return [{ name: name.toLowerCase(), weight: Number(weights[0] ?? 1) }];
  });
}

/** How much a client wants a media type, from 0 to 1: the most specific range that fits it decides. */
export function weightOf(accept: readonly Weighted[], mediaType: string): number {
  const ranges = [mediaType, `${mediaType.slice(0, mediaType.indexOf("/"))}/*`, "*/*"];
  for (const range of ranges) {
    const weights = accept.filter(({ name }) => name === range).map(({ weight }) => weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
