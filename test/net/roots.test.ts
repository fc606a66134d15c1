import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { certificates } from '../../src/net/ca.ts';
import { caAdvice } from '../../src/net/ca-advice.ts';
import { createHttp } from '../../src/net/client.ts';
import { LIMITS } from '../../src/net/limits.ts';
import { createRoots, type Roots } from '../../src/net/roots.ts';
import { createStreamingFetch } from '../../src/net/stream/fetch.ts';
import { readSystemRoots } from '../../src/net/system-roots.ts';
import { elapsedMs } from '../../src/system/clock.ts';
import { outcomeOf } from '../support/commands.ts';
import { childOf, temporaryFolder, testContext } from '../support/context.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

let reads = 0;
afterEach(() => {
  reads = 0;
});

/** A computer that trusts what is in the file. */
const computer = (...files: readonly string[]): Roots =>
  createRoots({
    sources: () => ({ file: undefined, extra: undefined }),
    readSystem: async () => {
      reads += 1;
      return files.map((file) => readFileSync(file, 'utf8'));
    },
    onSlow: () => undefined,
    advice: (unread) => caAdvice('darwin', unread),
  });
const unreadable = (): Roots =>
  createRoots({
    sources: () => ({ file: undefined, extra: undefined }),
    readSystem: () => Promise.reject(new Error('Node.js 20.19.0 can’t do that')),
    onSlow: () => undefined,
    advice: (unread) => caAdvice('darwin', unread),
  });

const WAYS = {
  client: (ca: Roots) => {
    const http = createHttp({
      ca,
      env: {},
      sleep: async () => undefined,
      elapsed: elapsedMs,
      userAgent: 't',
    });
    return async (url: string) => (await http({ url })).status;
  },
  gateway: (ca: Roots) => {
    const owner = new AbortController();
    onTestFinished(() => owner.abort());
    const options = { env: {}, limits: LIMITS, userAgent: 't', signal: owner.signal };
    const fetch = createStreamingFetch({ ...options, ca });
    return async (url: string) => {
      const response = await fetch(url, { method: 'POST', body: 'x' });
      await response.text();
      return response.status;
    };
  },
};

describe.skipIf(noOpenssl !== undefined).each(Object.entries(WAYS))('S41: the %s', (_name, open) => {
  it('reaches a server whose issuer only the operating system knows, and reads its certificates once', async () => {
    const [one, two] = [await tlsServer(2), await tlsServer(2, { issuer: 'authority' })];
    const ask = open(computer(one.file, two.file));
    expect(await Promise.all([ask(one.url), ask(two.url), ask(one.url)])).toEqual([200, 200, 200]);
    expect(await ask(one.url)).toBe(200);
    expect([one.requests(), two.requests(), reads]).toEqual([3, 1, 1]);
  });

  it('sends nothing to a server whose issuer nobody knows', async () => {
    const [known, unknown] = [await tlsServer(), await tlsServer()];
    const ask = open(computer(known.file));
    for (let i = 0; i < 2; i += 1)
      await expect(ask(unknown.url)).rejects.toMatchObject({
        code: 'TLS_UNTRUSTED',
        message: expect.stringContaining('issued by "x"'),
      });
    expect([unknown.requests(), reads]).toEqual([0, 1]);
  });

  it('says how to export the certificate where the operating system cannot be asked', async () => {
    const { url, requests } = await tlsServer();
    await expect(open(unreadable())(url)).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      hint: expect.stringMatching(/config set ca-file .*security find-certificate .*20\.19\.0 can’t do that/),
    });
    expect(requests()).toBe(0);
  });

  it('does not ask the operating system about an expired certificate', async () => {
    const { url, requests, file } = await tlsServer(-1, { issuer: 'authority' });
    await expect(open(computer(file))(url)).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect(requests()).toBe(0);
  });
});

describe.skipIf(noOpenssl !== undefined)('doctor', () => {
  it('trusts what commands trust, and quotes the issuer as their errors do', async () => {
    const { url, file } = await tlsServer(30);
    const tls = async (ca: Roots) => {
      const context = testContext({ env: { CODEMIE_URL: url }, override: { ca } });
      return (await outcomeOf(context, 'doctor', '--only', 'tls')).stdout;
    };
    expect(await tls(computer(file))).toContain('trusted, issued by x');
    const refused = await tls(unreadable());
    expect(refused).toContain('it was issued by "x".');
    expect(refused).toContain('security find-certificate');
  });
});

it.skipIf(noOpenssl !== undefined)(
  'an untrusted server is the moment to say that a variable adds nothing',
  async () => {
    const { url } = await tlsServer();
    const { http } = testContext({ env: { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' } });
    await expect(http({ url })).rejects.toMatchObject({
      hint: expect.stringMatching(
        /^NODE_EXTRA_CA_CERTS adds nothing: \/nowhere\/ca\.pem doesn't exist\. If your company/,
      ),
    });
  },
);

describe('S41: a CA file', () => {
  const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;
  const file = (): string => {
    const path = join(temporaryFolder(), 'own.pem');
    writeFileSync(path, pem('own'));
    return path;
  };

  it('takes nothing away from what Node was told to trust', () => {
    // What --use-system-ca, NODE_USE_SYSTEM_CA and NODE_EXTRA_CA_CERTS switch on is in Node's own list.
    const node = { rootCertificates: ['bundled'], getCACertificates: () => ['bundled', 'system', 'extra'] };
    expect(certificates({ file: file(), extra: '/of/node' }, node)).toEqual([
      'bundled',
      'system',
      'extra',
      pem('own'),
    ]);
  });

  it('stays trusted when the certificates of the operating system are added', async () => {
    const sources = { file: file(), extra: undefined };
    const roots = createRoots({
      sources: () => sources,
      readSystem: async () => ['system'],
      onSlow: () => undefined,
      advice: () => '',
    });
    const before = roots() ?? [];
    expect([before.at(-1), await roots.addSystem?.()]).toEqual([pem('own'), true]);
    expect(roots()).toEqual([...before, 'system']);
  });
});

it('a person is not left without a word while a managed Mac reads its keychains', async () => {
  let say = (): void => undefined;
  const said = new Promise<void>((resolve) => {
    say = resolve;
  });
  const roots = createRoots({
    sources: () => ({ file: undefined, extra: undefined }),
    readSystem: () => said.then(() => ['system']),
    onSlow: () => say(),
    slowMs: 1,
    advice: () => '',
  });
  expect(await roots.addSystem?.()).toBe(true);
});

describe('the certificates of the operating system', () => {
  const signal = new AbortController().signal;

  it('are read by a Node that can, and a Node that cannot says since when one can', async () => {
    const ca = join(temporaryFolder(), 'ca.pem');
    const env = childOf({ ...process.env, SSL_CERT_FILE: ca, SSL_CERT_DIR: '' });
    const read = readSystemRoots({ env, signal, flags: '' });
    if ('getCACertificates' in process.getBuiltinModule('node:tls')) expect(await read).toEqual([]);
    else await expect(read).rejects.toThrow(/^Node\.js 2\d\.\d+\.\d+ can't do that; 22\.15 and later can$/);
  });

  it('are left out under --use-bundled-ca', async () => {
    const read = readSystemRoots({ env: childOf({}), signal, flags: '--use-bundled-ca' });
    await expect(read).rejects.toThrow('--use-bundled-ca is set');
  });
});

it.each([
  ['win32', /certmgr\.msc/],
  ['darwin', /security find-certificate/],
  ['linux', /couldn't be read: no reason\.$/],
] as const)('an unknown issuer on %s: the advice adds a CA, and says how to get it', (platform, how) => {
  expect(caAdvice(platform, 'no reason')).toMatch(how);
  expect(caAdvice(platform)).toMatch(/codemie config set ca-file company-ca\.pem .*NODE_EXTRA_CA_CERTS\)\.$/);
});
