/** What was asked is not done as things are, and nothing was changed; the message says what to do about it. */
export class Refused extends Error {
  override readonly name = "Refused";
}
