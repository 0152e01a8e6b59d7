/** Arguments or environment that can't be used; the message is one line for the person who typed them. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
