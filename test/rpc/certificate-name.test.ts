import { expect, test } from "vitest";
import { certificateNameOf } from "../../src/rpc/certificate-name.ts";

test.for<[subjectaltname: string, CN: string | string[] | undefined, name: string | undefined]>([
  ["", "ci", "ci"],
  ["DNS:ci.example.com", "ci", "ci.example.com"],
  ["DNS:ci.example.com, URI:spiffe://prod/ci, URI:spiffe://prod/other", "ci", "spiffe://prod/ci"],
  ["IP Address:10.0.0.1, email:ci@example.com", "ci", "ci"],
  ["IP Address:10.0.0.1, DNS:a, DNS:b", undefined, "a"],
  ['DNS:"a, URI:spiffe://prod/admin"', "ci", "a, URI:spiffe://prod/admin"],
  ['DirName:"CN=x, URI:spiffe://prod/admin", DNS:b', undefined, "b"],
  ['DNS:"a\\"b", DNS:c', undefined, 'a"b'],
  ["othername:<unsupported>", "ci", "ci"],
  // What is not understood names nobody, but does not hide the common name.
  ['DNS:"open, URI:spiffe://prod/admin', "ci", "ci"],
  ["rubbish", undefined, undefined],
  ['DNS:"\\x"', undefined, undefined],
  ["URI:", "", undefined],
  ["", ["a", "b"], undefined],
  // Issuers look more closely at URIs than at common names.
  ["email:ci@example.com", "spiffe://prod/ci", undefined],
  ["", undefined, undefined],
])("alternative names %j and the common name %j make %j", ([subjectaltname, CN, name]) => {
  // Of the subject's attributes only one is looked at; the platform's type says that it is one text at most.
  const subject = { CN } as never;
  expect(certificateNameOf({ subject, subjectaltname })).toBe(name);
});

test("no certificate has no name", () => {
  expect(certificateNameOf({})).toBeUndefined();
});
