import { BlockList, isIP } from 'node:net';
import { withoutEnd } from '../system/trim-end.ts';

/**
 * Whether NO_PROXY excludes a host. Entries: names (with their subdomains), `.suffix`, `*.suffix`, `host:port`, IP
 * addresses with or without brackets, networks (`10.0.0.0/8`), `*`. A trailing dot in a name is ignored.
 *
 * @param host as in a URL, IPv6 in brackets.
 */
export function isLeftOut(host: string, port: string, list: string): boolean {
  const asked = plain(host);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, asked, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/') || isIP(plain(entry)) !== 0) return isInside(entry, host);
  const [, name = entry, onPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (onPort !== undefined && onPort !== port) return false;
  if (isIP(plain(name)) !== 0) return isInside(name, host);
  const bare = plain(name.replace(/^\*?\./, ''));
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}

function isInside(entry: string, host: string): boolean {
  const [text = '', bits, ...more] = entry.split('/');
  const [base, address] = [family(plain(text)), family(host)];
  if (base === undefined || address === undefined || more.length > 0) return false;
  const most = base === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (bits === '' || !Number.isInteger(length) || length < 0 || length > most) return false;
  const network = new BlockList();
  network.addSubnet(plain(text), length, base);
  return network.check(host, address);
}

function family(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

function plain(host: string): string {
  return withoutEnd(host.toLowerCase().replace(/^\[(.*)\]$/, '$1'), '.');
}
