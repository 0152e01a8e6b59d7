import { isIPv6 } from "node:net";

const groupsOfNetwork = 4;
const groupsOfAddress = 8;

/**
 * Whom requests from an address are counted for: an IPv4 address itself, and the /64 network of an IPv6 address, all of
 * whose addresses are nearly always one client's.
 */
export function addressKey(address: string): string {
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) {
    return address;
  }
  const [front = "", back] = plain.split("::");
  const before = groupsIn(front);
  const after = back === undefined ? [] : groupsIn(back);
  const zeros = Array.from({ length: groupsOfAddress - before.length - after.length }, () => 0);
  const network = [...before, ...zeros, ...after].slice(0, groupsOfNetwork);
  return `${network.map((group) => group.toString(16)).join(":")}::/64`;
}

/** An IPv4 address at the end stands for two groups; which ones does not matter, for they are never of the network. */
function groupsIn(text: string): number[] {
  return text.split(":").flatMap((group) => {
    if (group === "") {
      return [];
    }
    return group.includes(".") ? [0, 0] : [Number.parseInt(group, 16)];
  });
}
