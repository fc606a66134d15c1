import { describe, expect, it } from 'vitest';
import { reachOf } from '../../../src/net/guard/addresses.ts';
import { guardAround, guardPublic, type ResolvedAddress } from '../../../src/net/guard/destination.ts';

const at = (...addresses: string[]): readonly ResolvedAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** What names stand for; each lookup takes the next answer, the last one stays. */
function names(table: Readonly<Record<string, readonly (readonly ResolvedAddress[])[]>>) {
  const asked = new Map<string, number>();
  return async (host: string): Promise<readonly ResolvedAddress[]> => {
    const answers = table[host];
    if (answers === undefined) throw Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' });
    const turn = asked.get(host) ?? 0;
    asked.set(host, turn + 1);
    return answers[Math.min(turn, answers.length - 1)] ?? [];
  };
}

describe('how far an address reaches', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.128.0.1', 'public'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fec0::1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe90::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fd00:ec2::254', 'link-local'],
    ['0.0.0.0', 'unroutable'],
    ['::', 'unroutable'],
    ['::127.0.0.1', 'unroutable'],
    ['192.0.0.192', 'unroutable'],
    ['198.18.0.1', 'unroutable'],
    ['224.0.0.1', 'unroutable'],
    ['255.255.255.255', 'unroutable'],
    ['2002:7f00:1::', 'unroutable'],
    ['2001:0:7f00:1::', 'unroutable'],
    ['64:ff9b:1::1', 'unroutable'],
    ['ff02::1', 'unroutable'],
    ['not an address', 'unroutable'],
  ])('%s: %s', (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });
});

const REFUSED = expect.objectContaining({ code: 'DESTINATION_REFUSED' });
const PUBLIC_SERVER = new URL('https://mcp.example.com/sse');
const TABLE = {
  'mcp.example.com': [at('93.184.216.34')],
  'login.example.com': [at('93.184.216.35', '2606:4700::1')],
  'fcm.googleapis.com': [at('142.250.1.1')],
  'fd.io': [at('23.185.0.3')],
  'mixed.example.com': [at('93.184.216.34', '10.0.0.7')],
  'rebinding.example.com': [at('93.184.216.34'), at('127.0.0.1')],
  'intranet.example.com': [at('10.1.2.3')],
  'login.intranet.example.com': [at('10.4.5.6')],
  'moves.example.com': [at('10.1.2.3'), at('127.0.0.1')],
};

describe('a public server', () => {
  const guard = guardAround(PUBLIC_SERVER, names(TABLE));

  it.each([
    'http://127.0.0.1/',
    'http://localhost:8080/',
    'http://localhost./',
    'http://app.localhost/',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[fe90::1]/',
    'http://100.64.0.1/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://198.18.0.1/',
    'http://mixed.example.com/',
    'http://intranet.example.com/',
  ])('does not lead to %s', async (url) => {
    await expect(guard.check(new URL(url))).rejects.toEqual(REFUSED);
    await expect(guard.checkName(new URL(url))).rejects.toEqual(REFUSED);
  });

  it.each([
    'https://login.example.com/',
    'https://fcm.googleapis.com/',
    'https://fd.io/',
    'https://1.1.1.1/',
  ])('leads to %s', async (url) => {
    expect(await guard.check(new URL(url))).not.toEqual([]);
    await guard.checkName(new URL(url));
  });

  it('a name that stands for this machine the second time is refused then', async () => {
    const url = new URL('https://rebinding.example.com/');
    expect(await guard.check(url)).toEqual(at('93.184.216.34'));
    await expect(guard.check(url)).rejects.toEqual(REFUSED);
  });

  it('a name without an address tells the error of the lookup; a proxy may know it', async () => {
    const url = new URL('https://unknown.example.com/');
    await expect(guard.check(url)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await guard.checkName(url);
  });

  it.each(['http://metadata.google.internal/', 'http://metadata/', 'http://instance-data.ec2.internal/'])(
    'a proxy is not asked for %s',
    async (url) => {
      await expect(guard.checkName(new URL(url))).rejects.toEqual(REFUSED);
    },
  );
});

describe('a server that is not public', () => {
  it('a private one may have its sign-in server in the same network, and none on this machine', async () => {
    const guard = guardAround(new URL('https://intranet.example.com/mcp'), names(TABLE));
    expect(await guard.check(new URL('https://login.intranet.example.com/'))).toEqual(at('10.4.5.6'));
    expect(await guard.check(new URL('https://login.example.com/'))).toHaveLength(2);
    for (const url of ['http://127.0.0.1/', 'http://169.254.169.254/', 'http://[fd00:ec2::254]/'])
      await expect(guard.check(new URL(url))).rejects.toEqual(REFUSED);
  });

  it('one on this machine may lead to this machine, and to no link-local address', async () => {
    const guard = guardAround(new URL('http://127.0.0.1:3000/mcp'), names(TABLE));
    expect(await guard.check(new URL('http://localhost:4000/'))).toHaveLength(2);
    await expect(guard.check(new URL('http://169.254.169.254/'))).rejects.toEqual(REFUSED);
  });

  it('its own name counts as it was resolved the first time', async () => {
    const named = new URL('https://moves.example.com/mcp');
    const moves = names({ 'moves.example.com': [at('10.1.2.3'), at('10.1.2.4'), at('127.0.0.1')] });
    const guard = guardAround(named, moves);
    expect(await guard.check(named)).toEqual(at('10.1.2.4'));
    await expect(guard.check(named)).rejects.toEqual(REFUSED);
    await expect(guardAround(named, names(TABLE)).check(named)).rejects.toEqual(REFUSED);
  });

  it('one that this machine cannot resolve leads to no private address', async () => {
    const guard = guardAround(new URL('https://unknown.example.com/mcp'), names(TABLE));
    await expect(guard.checkName(new URL('http://10.0.0.1/'))).rejects.toEqual(REFUSED);
    await guard.checkName(new URL('https://login.example.com/'));
  });
});

describe('the public internet', () => {
  it('is all there is, and the servers on the list', async () => {
    const guard = guardPublic(['10.1.2.3:8443', 'localhost:9000'], names(TABLE));
    expect(await guard.check(PUBLIC_SERVER)).toHaveLength(1);
    expect(await guard.check(new URL('https://10.1.2.3:8443/'))).toHaveLength(1);
    expect(await guard.check(new URL('http://LOCALHOST:9000/'))).toHaveLength(2);
    for (const url of ['https://10.1.2.3/', 'http://localhost:9001/', 'http://127.0.0.1:9000/'])
      await expect(guard.check(new URL(url))).rejects.toEqual(REFUSED);
  });
});
