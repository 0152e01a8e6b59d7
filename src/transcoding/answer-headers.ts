/** Headers of an answer as pairs of names, in small letters, and values; no name is there twice. */
export type AnswerHeaders = readonly (readonly [name: string, value: string])[];

/** The headers with one more, which takes the place of one of the same name. */
export function withAnswerHeader(headers: AnswerHeaders | undefined, name: string, value: string): AnswerHeaders {
  const header = [name, value] as const;
  return headers === undefined ? [header] : [...headers.filter(([other]) => other !== name), header];
}
