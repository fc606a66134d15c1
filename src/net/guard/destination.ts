import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CodemieError } from '../../system/errors.ts';
import { bareHost } from '../origin.ts';
import { type Reach, reachOf } from './addresses.ts';

/** An address a name stands for, in the form of `dns.lookup` with `all`. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** As every other program of this machine resolves names. */
export const systemResolve: Resolve = (host) => lookup(host, { all: true });

/** Decides where a connection may go that a server, and not a person, named. */
export interface DestinationGuard {
  /**
   * Call it for every connection and connect to one of the addresses it returns, so that a name cannot stand for
   * something else between the check and the connection (DNS rebinding).
   *
   * @throws DESTINATION_REFUSED when one of the addresses is not allowed; what `resolve` throws.
   */
  check(url: URL): Promise<readonly ResolvedAddress[]>;
  /**
   * For a connection through a proxy, which resolves names itself: addresses, and names this machine can resolve.
   *
   * @throws DESTINATION_REFUSED.
   */
  checkName(url: URL): Promise<void>;
}

/** Names of clouds' metadata services: a proxy may resolve what this machine cannot. */
const METADATA = /^(metadata|metadata\.google\.internal|instance-data(\.ec2\.internal)?)$/;

/** What a server that was named by a person may lead to: nothing that reaches less far than it does. */
const LEADS_TO: Readonly<Record<Reach, readonly Reach[]>> = {
  public: ['public'],
  private: ['public', 'private'],
  loopback: ['public', 'private', 'loopback'],
  'link-local': ['public', 'private'],
  unroutable: ['public'],
};

/**
 * The server a person named, and what it may lead to. Its own host and port are allowed as they resolve the first time.
 *
 * @param named the address a person gave.
 */
export function guardAround(named: URL, resolve: Resolve): DestinationGuard {
  let own: Promise<ReadonlySet<Reach>> | undefined;
  const ownReach = (): Promise<ReadonlySet<Reach>> => {
    own ??= addressesOf(named, resolve).then(
      (addresses) => new Set(addresses.map(({ address }) => reachOf(address))),
    );
    own.catch(() => {
      own = undefined;
    });
    return own;
  };
  return createGuard(resolve, async () => {
    // Behind a proxy this machine may not resolve the name; then it is taken for a public one.
    const reaches = await ownReach().catch((): ReadonlySet<Reach> => new Set(['public']));
    return (url, reach) =>
      (isSameHost(url, named) && reaches.has(reach)) ||
      // A name with addresses of two kinds leads where the farther one does.
      [...reaches].every((from) => LEADS_TO[from].includes(reach));
  });
}

/**
 * The public internet, and the listed servers.
 *
 * @param listed `host:port` in lower case, as CODEMIE_MCP_ALLOW_HOSTS has them.
 */
export function guardPublic(listed: readonly string[], resolve: Resolve): DestinationGuard {
  return createGuard(
    resolve,
    async () => (url, reach) => reach === 'public' || listed.includes(hostAndPort(url)),
  );
}

function createGuard(
  resolve: Resolve,
  rule: () => Promise<(url: URL, reach: Reach) => boolean>,
): DestinationGuard {
  const check = async (url: URL): Promise<readonly ResolvedAddress[]> => {
    // Before the lookup: what the named server stands for must not be learnt from a later answer than this one.
    const allows = await rule();
    const addresses = await addressesOf(url, resolve);
    for (const { address } of addresses) {
      const reach = reachOf(address);
      if (!allows(url, reach)) throw refused(url, reach);
    }
    return addresses;
  };
  return {
    check,
    checkName: async (url) => {
      if (METADATA.test(hostOf(url))) throw refused(url, 'link-local');
      try {
        await check(url);
      } catch (error) {
        if (error instanceof CodemieError) throw error;
      }
    },
  };
}

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const host = hostOf(url);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  // RFC 6761 §6.3: it is this machine, whatever a name server says.
  if (host === 'localhost' || host.endsWith('.localhost')) {
    return [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
  }
  const addresses = await resolve(host);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  return addresses;
}

/** Lower case, without brackets and without the dot at the end; the URL parser has read every notation of IPv4. */
function hostOf(url: URL): string {
  return bareHost(url).toLowerCase().replace(/\.$/, '');
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** @returns `host:port` in lower case; an IPv6 address has no brackets. */
export function hostAndPort(url: URL): string {
  return `${hostOf(url)}:${portOf(url)}`;
}

function isSameHost(one: URL, other: URL): boolean {
  return hostAndPort(one) === hostAndPort(other);
}

const WHERE: Readonly<Record<Reach, string>> = {
  public: 'the public internet',
  private: 'a private network',
  'link-local': 'a link-local address',
  loopback: 'this computer',
  unroutable: 'an address that belongs to no server',
};

function refused(url: URL, reach: Reach): CodemieError {
  return new CodemieError({
    code: 'DESTINATION_REFUSED',
    message: `${url.protocol}//${url.host} was not contacted: it is on ${WHERE[reach]}, where a server must not lead.`,
    hint: 'If you trust this server, ask whoever runs it for addresses you can reach directly.',
  });
}
