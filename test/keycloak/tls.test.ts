import { describe, expect, it } from 'vitest';
import { connectKeycloak } from '../../src/keycloak/connect.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

const LOGIN = { kind: 'client', clientId: 'reader', secret: new Secret('reader-secret-3') } as const;

function connect(url: string, env: Record<string, string> = {}) {
  const server = url.replace(/\/$/, '');
  return connectKeycloak(testContext({ env }), { server, realm: 'shop', login: LOGIN });
}

describe.skipIf(noOpenssl !== undefined)('D11: a server with a private CA', () => {
  it('is refused before a secret is sent; the error names the issuer and the setting that helps', async () => {
    const { url, requests } = await tlsServer(2, { issuer: 'authority' });
    await expect(connect(url).get('/clients')).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      exit: 'unreachable',
      message: expect.stringMatching(/certificate that isn't trusted .* issued by "Acme, Acme Root"\.$/),
      hint: expect.stringMatching(/codemie config set ca-file .*NODE_EXTRA_CA_CERTS/),
    });
    expect(requests()).toBe(0);
  });

  it.each([
    [
      'has expired',
      -1,
      'IP:127.0.0.1',
      /has a certificate that has expired \(CERT_HAS_EXPIRED\); .*"Acme, Acme Root"; it was valid until \d{4}-\d\d-\d\d\.$/,
      /^Ask the administrator of that server to renew its certificate/,
    ],
    [
      'is for another host',
      2,
      'DNS:other.example',
      /has a certificate for another name \(ERR_TLS_CERT_ALTNAME_INVALID\); .*; it is for DNS:other\.example\.$/,
      /^Use the name that the certificate is for/,
    ],
  ])(
    'a certificate that %s has a sentence of its own, although its CA is known',
    async (_, days, names, message, hint) => {
      const { url, file, requests } = await tlsServer(days, { issuer: 'authority', names });
      await expect(connect(url, { CODEMIE_CA_FILE: file }).get('/clients')).rejects.toMatchObject({
        code: 'TLS_UNTRUSTED',
        exit: 'unreachable',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
      expect(requests()).toBe(0);
    },
  );

  it('is reached with the CA in CODEMIE_CA_FILE', async () => {
    const { url, file, requests } = await tlsServer();
    // The server answers, but not as Keycloak does.
    await expect(connect(url, { CODEMIE_CA_FILE: file }).get('/clients')).rejects.toMatchObject({
      code: 'KEYCLOAK_ABSENT',
    });
    expect(requests()).toBe(1);
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED does not switch the check off', async () => {
    const { url, requests } = await tlsServer();
    await expect(connect(url, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }).get('/clients')).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
    });
    expect(requests()).toBe(0);
  });
});
