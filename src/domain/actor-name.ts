/** The longest name, in bytes of UTF-8. */
export const maxActorBytes = 256;

/** What the names begin with under which this service makes changes by itself. */
export const ownActorPrefix = "system:";

const controlCharacter = /\p{Cc}/u;

/** Says what is wrong with the name of somebody who makes changes, as in "the name must …". */
export function actorNameFault(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > maxActorBytes) {
    return `must be 1 to ${maxActorBytes} bytes, has ${bytes}`;
  }
  if (controlCharacter.test(name) || !name.isWellFormed()) {
    return "must be UTF-8 text without control characters";
  }
  if (name.startsWith(ownActorPrefix)) {
    return `must not begin with "${ownActorPrefix}", which is for changes that this service makes by itself`;
  }
  return undefined;
}
