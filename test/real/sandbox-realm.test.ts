import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryManagedStore } from '../../src/sandbox/managed/memory.ts';
import type { ManagedStore } from '../../src/sandbox/managed/store.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start.ts';
import { settingsFrom } from '../../src/sandbox/variables.ts';
import { browse, type Page } from '../support/browser.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { PLATFORM_CLIENTS, trusting } from '../support/platform-operator.ts';
import { lineOf, Machine } from '../support/program.ts';

const missing = prepareKeycloak();
const REALM = 'sandbox-platform';
const PASSWORD = 'password-of-this-test';

const person = (username: string, roles: readonly string[], attributes: object = {}): object => ({
  username,
  email: `${username}@harbour.example`,
  emailVerified: true,
  firstName: username,
  lastName: 'Pilot',
  enabled: true,
  credentials: [{ type: 'password', value: PASSWORD }],
  // An import gives nobody the default roles.
  realmRoles: [`default-roles-${REALM}`, 'offline_access', ...roles],
  attributes,
});

const realm = {
  enabled: true,
  sslRequired: 'none',
  passwordPolicy: 'hashAlgorithm(pbkdf2-sha256) and hashIterations(1)',
  roles: { realm: [{ name: 'admin' }] },
  clients: PLATFORM_CLIENTS,
  users: [
    person('ana', [], { applications: ['harbour', 'cranes'], applications_admin: ['harbour'] }),
    person('otto', ['admin']),
  ],
};

let keycloak: KeycloakServer;
let sandbox: Sandbox;
let managed: ManagedStore;
let machine: Machine;

beforeAll(async () => {
  if (missing !== undefined) return;
  keycloak = await keycloakServer();
  await keycloak.importRealm(realm, REALM);
}, 180_000);
beforeEach(async () => {
  managed = createMemoryManagedStore();
  machine = new Machine({ BROWSER: 'none' });
  const env = {
    ENABLE_USER_MANAGEMENT: 'true',
    USER_PROJECT_LIMIT: '2',
    ...trusting(keycloak, REALM),
  };
  sandbox = await startSandbox({ ...settingsFrom(env), managed });
});
afterEach(async () => {
  await machine.dispose();
  await sandbox.close();
});

const fillAs =
  (username: string) =>
  (page: Page): Record<string, string> | undefined =>
    page.html.includes('id="kc-form-login"') ? { ...page.hidden, username, password: PASSWORD } : undefined;

async function signIn(username: string): Promise<Record<string, unknown>> {
  const login = ['profile', 'login', '--url', sandbox.url, '--store', 'encrypted-file', '--json'];
  const child = machine.start(login, { input: { open: true } });
  const done = machine.collect(child);
  const address = await lineOf(child, /^http:\S+\/protocol\/openid-connect\/auth\S+$/m);
  await browse(address, () => false, fillAs(username));
  const { code, stdout, stderr } = await done;
  expect(code, stdout + stderr).toBe(0);
  return JSON.parse((await machine.run(['profile', 'status', '--json'])).stdout);
}

describe.skipIf(missing !== undefined)('a sandbox whose users come from a real realm', () => {
  it('signs people in with Keycloak; the first sign-in makes their row from the realm’s attributes', async () => {
    expect(await signIn('ana')).toMatchObject({
      state: 'valid',
      identity: { email: 'ana@harbour.example' },
      platform: { access: 'platform', role: 'project-admin' },
    });
    const [ana] = await managed.usersByEmail(['ana@harbour.example']);
    expect(ana).toMatchObject({ username: 'ana', authSource: 'keycloak', isAdmin: false, projectLimit: 2 });
    const memberships = await managed.membershipsOf([ana?.id ?? '']);
    expect(memberships.map(({ project, isProjectAdmin }) => [project, isProjectAdmin])).toEqual([
      ['harbour', true],
      ['cranes', false],
      ['ana@harbour.example', false],
    ]);
  });

  it('an administrator of the realm is one here, on the web page too', async () => {
    expect(await signIn('otto')).toMatchObject({ platform: { role: 'admin' } });
    const seen: string[] = [];
    const end = await browse(
      `${sandbox.url}/settings/administration/users`,
      () => false,
      (page) => {
        seen.push(page.html);
        return fillAs('otto')(page);
      },
    );
    expect(end.pathname).toBe('/settings/administration/users');
    expect(seen.at(-1)).toContain('otto@harbour.example');
  });
});
