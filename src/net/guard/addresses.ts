import { BlockList, isIP } from 'node:net';

/**
 * How far an address reaches. `unroutable` is everything that is for no server of anybody: "this network", test and benchmark
 * networks, multicast, tunnels that hide another address.
 */
export type Reach = 'public' | 'private' | 'link-local' | 'loopback' | 'unroutable';

type Network = readonly [address: string, prefix: number];

/** IANA's special-purpose registries (RFC 6890); the first reach that has an address counts. */
const NETWORKS: Readonly<Record<Exclude<Reach, 'public'>, readonly Network[]>> = {
  loopback: [
    ['127.0.0.0', 8],
    ['::1', 128],
  ],
  'link-local': [
    ['169.254.0.0', 16],
    ['fe80::', 10],
    // A cloud's metadata service, in a private network.
    ['fd00:ec2::254', 128],
  ],
  private: [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    // Shared by a provider's customers, and by overlay networks (RFC 6598).
    ['100.64.0.0', 10],
    ['fc00::', 7],
    ['fec0::', 10],
  ],
  unroutable: [
    // An operating system may take it for this machine.
    ['0.0.0.0', 8],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
    // IPv4-compatible (deprecated, `::` among them), local NAT64, Teredo and other protocol assignments, documentation, 6to4, multicast.
    ['::', 96],
    ['64:ff9b:1::', 48],
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['ff00::', 8],
  ],
};

/** The address of an IPv4 network behind NAT64 (RFC 6052 §2.1): it reaches as far as the address in its last 32 bits. */
const NAT64 = '64:ff9b::';

const LISTS = Object.entries(NETWORKS).map(([reach, networks]) => {
  const list = new BlockList();
  for (const [address, prefix] of networks) {
    const isFour = isIP(address) === 4;
    list.addSubnet(address, prefix, isFour ? 'ipv4' : 'ipv6');
    if (isFour) list.addSubnet(`${NAT64}${address}`, 96 + prefix, 'ipv6');
  }
  return [reach as Reach, list] as const;
});

/**
 * @param address an IP address without brackets; an IPv4 address in IPv6 notation (`::ffff:127.0.0.1`) is that IPv4 address.
 */
export function reachOf(address: string): Reach {
  const [plain = ''] = address.split('%');
  const family = isIP(plain);
  if (family === 0) return 'unroutable';
  return LISTS.find(([, list]) => list.check(plain, family === 4 ? 'ipv4' : 'ipv6'))?.[0] ?? 'public';
}
