import type { PeerCertificate } from "node:tls";

// How the platform writes the alternative names of a certificate: `URI:spiffe://prod/ci, DNS:"with, comma"`. A value with
// anything in it that could pass for more than one is a JSON string.
const alternativeName = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/**
 * The name of whom a certificate was issued to: its first alternative name that is a URI, else the first that is a
 * DNS name, else its one common name, unless that is made to look like a URI. Undefined for one without any of them.
 */
export function certificateNameOf({
  subject,
  subjectaltname = "",
}: Partial<Pick<PeerCertificate, "subject" | "subjectaltname">>): string | undefined {
  const names = alternativeNames(subjectaltname);
  const [name = commonNameIn(subject)] = [...namesOf("URI", names), ...namesOf("DNS", names)];
  return name;
}

function commonNameIn(subject: Partial<PeerCertificate["subject"]> | undefined): string | undefined {
  // Of several the platform makes a list, whatever its type says.
  const name: unknown = subject?.CN;
  return typeof name === "string" && name !== "" && !name.includes("://") ? name : undefined;
}

/** Empty where the text is not wholly understood: a name must never be made of what another one holds. */
function alternativeNames(text: string): readonly (readonly [kind: string, value: string])[] {
  const names: (readonly [string, string])[] = [];
  alternativeName.lastIndex = 0;
  while (alternativeName.lastIndex < text.length) {
    const [, kind, value] = alternativeName.exec(text) ?? [];
    if (kind === undefined || value === undefined) {
      return [];
    }
    names.push([kind, value.startsWith('"') ? unquoted(value) : value]);
  }
  return names;
}

function namesOf(wanted: string, names: ReturnType<typeof alternativeNames>): readonly string[] {
  return names.filter(([kind, value]) => kind === wanted && value !== "").map(([, value]) => value);
}

function unquoted(value: string): string {
  try {
    // What JSON makes of a string literal is a string.
    return JSON.parse(value) as string;
  } catch {
    // No JSON after all, so no name.
    return "";
  }
}
