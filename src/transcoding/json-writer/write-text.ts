/**
 * Writes the JSON text of a value, or `undefined` where it does not take the value: then the general way writes the
 * whole message, or says what is wrong with it. `raw` says that the value stands in a message that was created, which
 * nothing completes or converts any more.
 */
export type WriteText = (value: unknown, raw: boolean) => string | undefined;

/** A message, or what one is created from: a property for each field, by `localName`, and for each oneof. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether the value is an object with fields, or with the entries of a map. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
