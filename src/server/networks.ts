import { BlockList, isIP } from "node:net";

// NETWORK = address [ "/" length ], the length in bits and at most that of the address.
const notation = /^([^/]+?)(?:\/(\d{1,3}))?$/;
const bitsOf = { 4: 32, 6: 128 } as const;

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

/** Whether this is an IP address (`10.0.0.1`) or a network of them (`10.0.0.0/8`). */
export function isNetwork(text: string): boolean {
  return networkOf(text) !== undefined;
}

/** Makes what says whether an address is in one of the networks; throws a TypeError for what is none. */
export function networksOf(texts: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of texts) {
    const network = networkOf(text);
    if (network === undefined) {
      throw new TypeError(`"${text}" is no network: give an address, or a network such as "10.0.0.0/8"`);
    }
    list.addSubnet(network.address, network.bits, network.family);
  }
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function networkOf(text: string): Network | undefined {
  const [, address = "", length] = notation.exec(text) ?? [];
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || address.includes("%")) {
    return undefined;
  }
  const bits = length === undefined ? bitsOf[version] : Number(length);
  return bits <= bitsOf[version] ? { address, bits, family: `ipv${version}` } : undefined;
}
