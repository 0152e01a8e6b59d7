import { expect, test } from "vitest";
import { isNetwork, networksOf } from "../../src/server/networks.ts";

test.for([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.4", false],
  ["0.0.0.0/0", "192.0.2.1", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["::1", "::1", true],
  ["::1", "", false],
] as const)("%s holds %s: %s", ([network, address, holds]) => {
  expect(isNetwork(network)).toBe(true);
  expect(networksOf(["192.168.7.7", network])(address)).toBe(holds);
});

test.for([
  "",
  "x",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/8/8",
  "10.0.0",
  "::/129",
  "fe80::1%eth0",
  "/8",
  "10.0.0.0/-1",
])("%j is no network", (text) => {
  expect(isNetwork(text)).toBe(false);
  expect(() => networksOf([text])).toThrow(`"${text}" is no network`);
});
