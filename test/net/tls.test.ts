import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { certificates } from '../../src/net/ca.ts';
import { createHttp } from '../../src/net/client.ts';
import { temporaryFolder } from '../support/context.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('openssl', ['openssl']);

/** A server on loopback with a certificate that nobody vouches for. */
async function server(): Promise<{ url: string; file: string; cert: string; requests: () => number }> {
  const folder = temporaryFolder();
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1';
  const made = spawnSync('openssl', [...args.split(' '), '-keyout', key, '-out', file], { encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
  const cert = readFileSync(file, 'utf8');
  let requests = 0;
  const listener = createServer({ key: readFileSync(key), cert }, (_request, response) => {
    requests += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  });
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  return { url, file, cert, requests: () => requests };
}

const client = (ca?: readonly string[]) =>
  createHttp({ ca: () => ca, env: {}, sleep: async () => undefined, userAgent: 'test' });

describe.skipIf(missing !== undefined)('S41: TLS', () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  afterEach(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });

  it('is not switched off by the variable that switches it off in other programs', async () => {
    const { url, requests } = await server();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    await expect(client()({ url })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect(requests()).toBe(0);
  });

  it('trusts what a person added, for what it vouches for', async () => {
    const { url, file, requests } = await server();
    const other = await server();
    const http = client(certificates({ file, extra: undefined }));
    expect((await http({ url })).status).toBe(200);
    await expect(http({ url: other.url })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect([requests(), other.requests()]).toEqual([1, 0]);
  });
});

describe('S41: certificates that a person adds', () => {
  const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;

  it('come beside the default roots and those of NODE_EXTRA_CA_CERTS', () => {
    const folder = temporaryFolder();
    const [file, extra] = [join(folder, 'own.pem'), join(folder, 'extra.pem')];
    writeFileSync(file, `text before\n${pem('own-1')}\n${pem('own-2')}\n`);
    writeFileSync(extra, pem('extra'));
    const all = certificates({ file, extra });
    expect(all).toEqual([...rootCertificates, pem('own-1'), pem('own-2'), pem('extra')]);
    expect(certificates({ file, extra: join(folder, 'not-there') })).toEqual(all?.slice(0, -1));
    expect(certificates({ file: undefined, extra })).toBeUndefined();
  });

  it.each(['not-there', 'empty'])('in a file that is %s are an error: exit 9', (name) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'empty'), 'no certificate');
    expect(() => certificates({ file: join(folder, name), extra: undefined })).toThrow(
      expect.objectContaining({ code: 'CA_FILE', exit: 'config' }),
    );
  });
});
