import type { Scope } from "./access.ts";
import { isLimited } from "./reach.ts";

// A scope belongs to whoever calls, often: its text is made once.
const texts = new WeakMap<Scope, string>();

/** A text that two scopes share where they let the same be seen, and only then; empty for a scope without limits. */
export function scopeText(scope: Scope | undefined): string {
  if (!isLimited(scope)) {
    return "";
  }
  const known = texts.get(scope);
  if (known !== undefined) {
    return known;
  }
  const text = `${listText(scope.orgIds)} / ${listText(scope.featureKeys)}`;
  texts.set(scope, text);
  return text;
}

/** No id and no key holds a space, a slash or an asterisk. */
function listText(names: ReadonlySet<string> | undefined): string {
  return names === undefined ? "*" : [...names].sort().join(" ");
}
