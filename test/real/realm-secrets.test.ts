import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { authorizationUrl, loginBrowser } from '../support/login-page.ts';
import { type Json, type Operator, operator } from '../support/realm-cli.ts';
import { fakeMailServer, fakeUpstream } from '../support/secret-receivers.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const BACK = 'http://127.0.0.1:1/callback';
const MASK = '**********';

/** A realm with a provider and a mail server whose secrets are those given; `undefined` leaves them out. */
const realmWith = (
  ports: { readonly upstream: number; readonly mail: number },
  secret: string | undefined,
  note: string,
): Json => ({
  enabled: true,
  clients: [{ clientId: 'web', publicClient: true, protocol: 'openid-connect', redirectUris: [BACK] }],
  users: [{ username: 'ana', enabled: true, email: 'ana@acme.example', firstName: 'A', lastName: 'B' }],
  smtpServer: {
    host: '127.0.0.1',
    port: String(ports.mail),
    from: 'realm@acme.example',
    fromDisplayName: note,
    auth: 'true',
    user: 'mailer',
    ...(secret === undefined ? {} : { password: secret }),
  },
  identityProviders: [
    {
      alias: 'upstream',
      providerId: 'oidc',
      enabled: true,
      displayName: note,
      config: {
        clientId: 'acme',
        clientAuthMethod: 'client_secret_post',
        authorizationUrl: `http://127.0.0.1:${ports.upstream}/auth`,
        tokenUrl: `http://127.0.0.1:${ports.upstream}/token`,
        defaultScope: `openid ${note}`,
        ...(secret === undefined ? {} : { clientSecret: secret }),
      },
    },
  ],
});

/** Lets Keycloak use both secrets: somebody signs in through the provider, and gets a mail. */
async function useSecrets({ realm, call }: Operator): Promise<void> {
  const issuer = `${keycloak.url}/realms/${realm}`;
  const client = { clientId: 'web', redirectUri: BACK };
  await loginBrowser(BACK).open(authorizationUrl(issuer, client, { kc_idp_hint: 'upstream' }));
  const [{ id } = {}] = (await call('GET', '/users?username=ana')) as Json[];
  await call('PUT', `/users/${id}/execute-actions-email`, ['VERIFY_EMAIL']).catch(() => undefined);
}

describe.skipIf(missing !== undefined)('secrets that Keycloak never shows', () => {
  it('arrive at creation, survive a file without them or with the mask, and change when asked for', async () => {
    const [upstream, mail] = await Promise.all([fakeUpstream(), fakeMailServer()]);
    const ports = { upstream: upstream.port, mail: mail.port };
    const person = await operator(keycloak, 'hidden-secrets');
    let output = '';
    const used = async (secret: string | undefined, note: string, ...args: string[]): Promise<unknown> => {
      const path = person.file(realmWith(ports, secret, note));
      const { code, stdout, stderr } = await person.run(...args.slice(0, 1), path, ...args.slice(1));
      expect(code, stderr).toBe(0);
      output += stdout + stderr;
      await useSecrets(person);
      return [upstream.secrets.at(-1), mail.secrets.at(-1)];
    };
    const first = ['secret-one-of-this-test', 'secret-one-of-this-test'];
    expect(await used(first[0], 'created', 'apply', '--yes')).toEqual(first);
    expect(await used(undefined, 'without', 'apply', '--yes')).toEqual(first);
    expect(await used(MASK, 'masked', 'apply', '--yes', '--rotate-secrets')).toEqual(first);
    expect(await used('', 'empty', 'apply', '--yes', '--rotate-secrets')).toEqual(first);
    // Another field of the same object changes; the new secret does not come along.
    expect(await used('secret-two-of-this-test', 'not-asked', 'apply', '--yes')).toEqual(first);
    expect(output).toContain('so they were not compared: realm settings: smtpServer.password');
    expect(await used('secret-two-of-this-test', 'not-asked', 'apply', '--yes', '--rotate-secrets')).toEqual([
      'secret-two-of-this-test',
      'secret-two-of-this-test',
    ]);
    expect(output).toContain('They are written: realm settings: smtpServer.password');
    // At the start of a container: those of identity providers alone.
    expect(await used('secret-three-of-this-test', 'not-asked', 'start-hook')).toEqual([
      'secret-three-of-this-test',
      'secret-two-of-this-test',
    ]);
    expect(upstream.secrets).toHaveLength(7);
    expect(mail.secrets).toHaveLength(7);
    expect(output).not.toMatch(/secret-\w+-of-this-test/);
  });
});
