import { request as open } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { operator } from '../support/realm-cli.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

const missing = prepareKeycloak() ?? noOpenssl;
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

describe.skipIf(missing !== undefined)('D11: Keycloak behind a front with a private CA', () => {
  it('is refused with exit code 5 and the name of the issuer; with the CA in NODE_EXTRA_CA_CERTS, a plan works', async () => {
    const { hostname, port } = new URL(keycloak.url);
    const front = await tlsServer(2, {
      issuer: 'authority',
      answer: (request, response) => {
        const { method, url: path, headers } = request;
        const onward = open({ hostname, port, method, path, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(response);
        });
        request.pipe(onward);
      },
    });
    await keycloak.importRealm({ enabled: true, displayName: 'Acme' }, 'private-ca');
    const person = await operator(keycloak, 'private-ca', undefined, { KEYCLOAK_URL: front.url });
    const path = person.file({ displayName: 'Acme Ltd' });
    const refused = await person.run('plan', path);
    expect([refused.code, front.requests()]).toEqual([5, 0]);
    expect(refused.stderr).toMatch(/isn't trusted .*issued by "Acme, Acme Root"/);
    expect(refused.stderr).toContain('NODE_EXTRA_CA_CERTS');

    const trusting = { KEYCLOAK_URL: front.url, NODE_EXTRA_CA_CERTS: front.file };
    const { json } = await operator(keycloak, 'private-ca', undefined, trusting);
    expect((await json(0, 'plan', path)).changes).toMatchObject([{ path: 'displayName', after: 'Acme Ltd' }]);
  });
});
