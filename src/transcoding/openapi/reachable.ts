import type { DescMessage } from "@bufbuild/protobuf";

/** The type names of the messages, and of all that their fields can hold. */
export function collectTypes(messages: Iterable<DescMessage>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (message: DescMessage): void => {
    if (found.has(message.typeName)) return;
    found.add(message.typeName);
    for (const field of message.fields) if (field.message !== undefined) visit(field.message);
  };
  for (const message of messages) visit(message);
  return found;
}
