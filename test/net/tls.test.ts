import { X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { certificates } from '../../src/net/ca.ts';
import { createHttp } from '../../src/net/client.ts';
import { LIMITS } from '../../src/net/limits.ts';
import { createStreamingFetch } from '../../src/net/stream/fetch.ts';
import { elapsedMs } from '../../src/system/clock.ts';
import { temporaryFolder } from '../support/context.ts';
import { newCertificate, noOpenssl, tlsServer } from '../support/tls-server.ts';

const client = (ca?: readonly string[]) =>
  createHttp({ ca: () => ca, env: {}, sleep: async () => undefined, elapsed: elapsedMs, userAgent: 'test' });

describe.skipIf(noOpenssl !== undefined)('S41: TLS', () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  afterEach(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });

  it('cannot be switched off with NODE_TLS_REJECT_UNAUTHORIZED', async () => {
    const { url, requests } = await tlsServer();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    await expect(client()({ url })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect(requests()).toBe(0);
  });

  it('trusts an added CA for the hosts it certifies', async () => {
    const { url, file, requests } = await tlsServer();
    const other = await tlsServer();
    const http = client(certificates({ file, extra: undefined }));
    expect((await http({ url })).status).toBe(200);
    await expect(http({ url: other.url })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' });
    expect([requests(), other.requests()]).toEqual([1, 0]);
  });
});

describe.skipIf(noOpenssl !== undefined)('S41: TLS of a streaming fetch', () => {
  const streaming = (ca?: readonly string[]) => {
    const owner = new AbortController();
    onTestFinished(() => owner.abort());
    const options = { env: {}, limits: LIMITS, userAgent: 'test', signal: owner.signal };
    return createStreamingFetch({ ...options, ca: () => ca });
  };

  it('names the issuer of a certificate that is not trusted, and sends nothing', async () => {
    const { url, requests } = await tlsServer();
    await expect(streaming()(url)).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      message: expect.stringContaining('issued by "x"'),
    });
    expect(requests()).toBe(0);
  });

  it('trusts an added CA', async () => {
    const { url, file, requests } = await tlsServer();
    const response = await streaming(certificates({ file, extra: undefined }))(url);
    expect([await response.text(), requests()]).toEqual(['{}', 1]);
  });
});

describe('S41: added certificates', () => {
  /** Newer ones list what they trust, with all that flags and variables add. */
  const NODE_20 = { rootCertificates };
  const pem = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;

  it('are trusted besides the default roots and those of NODE_EXTRA_CA_CERTS', () => {
    const folder = temporaryFolder();
    const [file, extra] = [join(folder, 'own.pem'), join(folder, 'extra.pem')];
    writeFileSync(file, `text before\n${pem('own-1')}\n${pem('own-2')}\n`);
    writeFileSync(extra, pem('extra'));
    const own = [pem('own-1'), pem('own-2')];
    expect(certificates({ file, extra }, NODE_20)).toEqual([...rootCertificates, pem('extra'), ...own]);
    const missing = { file, extra: join(folder, 'not-there') };
    expect(certificates(missing, NODE_20)).toEqual([...rootCertificates, ...own]);
    expect(certificates({ file: undefined, extra })).toBeUndefined();
  });

  it('are added to the store of OpenSSL under --use-openssl-ca, and take nothing away', () => {
    const folder = temporaryFolder();
    const [file, system, more] = [join(folder, 'own.pem'), join(folder, 'system.pem'), join(folder, 'certs')];
    mkdirSync(more);
    writeFileSync(file, pem('own'));
    writeFileSync(system, pem('system'));
    writeFileSync(join(more, 'one.pem'), pem('one of a folder'));
    const openssl = { file: system, folder: `${more}${delimiter}${join(folder, 'not-there')}` };
    const sources = { file, extra: undefined, openssl };
    const all = certificates({ ...sources, flags: '--use-openssl-ca' }, NODE_20);
    expect(all?.slice(-3)).toEqual([pem('system'), pem('one of a folder'), pem('own')]);
    expect(certificates({ ...sources, flags: '' }, NODE_20)).toEqual([...rootCertificates, pem('own')]);
  });

  it.each([
    ['that is not there', undefined, /no such file/],
    ['without a certificate', 'no certificate', /it contains no certificate\./],
    ['that is a PKCS#7 bundle in text', '-----BEGIN PKCS7-----\nMII', /it is a PKCS#7 file \(\.p7b\)/],
    ['that is a PKCS#7 bundle', Buffer.from('3082035606092a864886f70d010702a0', 'hex'), /PKCS#7/],
    ['that is a PKCS#12 file', Buffer.from('308204470201033082', 'hex'), /PKCS#12 file \(\.pfx\)/],
    ['that is a private key', '-----BEGIN PRIVATE KEY-----\nMII', /a private key, not a certificate/],
  ])('from a file %s are an error: exit 9', (_what, content, why) => {
    const file = join(temporaryFolder(), 'file');
    if (content !== undefined) writeFileSync(file, content);
    expect(() => certificates({ file, extra: undefined })).toThrow(
      expect.objectContaining({ code: 'CA_FILE', exit: 'config', message: expect.stringMatching(why) }),
    );
  });

  it.skipIf(noOpenssl !== undefined)('are read in DER form, as Windows exports them', () => {
    const folder = temporaryFolder();
    const { cert } = newCertificate(2, 'itself', 'IP:127.0.0.1');
    const file = join(folder, 'company.cer');
    writeFileSync(file, new X509Certificate(cert).raw);
    expect(certificates({ file, extra: undefined })?.at(-1)?.trim()).toBe(cert.trim());
  });
});
