import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { authorizationUrl, type LoginBrowser, loginBrowser } from '../support/login-page.ts';
import { type Json, operator } from '../support/realm-cli.ts';
import { below, step, subFlow, topFlow } from '../support/realm-flows.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const BACK = 'http://127.0.0.1:1/callback';
const PASSWORD = { username: 'ana', password: 'password-of-this-test' };

/** A sign-in by cookie or by password. */
const tree = (name: string, recovery: 'DISABLED' | 'ALTERNATIVE' = 'DISABLED'): readonly Json[] => [
  topFlow(name, step('auth-cookie', 'ALTERNATIVE', 10), below(`${name} forms`, 'ALTERNATIVE', 20)),
  subFlow(
    `${name} forms`,
    step('auth-username-password-form', 'REQUIRED', 1),
    below(`${name} otp`, 'CONDITIONAL', 3),
  ),
  subFlow(
    `${name} otp`,
    step('conditional-user-configured', 'REQUIRED', 1),
    step('auth-otp-form', 'ALTERNATIVE', 3),
    step('auth-recovery-authn-code-form', recovery, 7),
  ),
];
/** Another tree, bound in place of the first, which goes. */
const MOVE = {
  browserFlow: 'second',
  authenticationFlows: tree('second'),
  codemie: { delete: { authenticationFlows: ['first'] } },
};

const client = { clientId: 'web', publicClient: true, protocol: 'openid-connect', redirectUris: [BACK] };

const realm = {
  enabled: true,
  sslRequired: 'none',
  browserFlow: 'first',
  // Many logins at once are to wait for the flow, not for the hash.
  passwordPolicy: 'hashAlgorithm(pbkdf2-sha256) and hashIterations(1)',
  authenticationFlows: tree('first'),
  clients: [client],
  users: [
    {
      username: PASSWORD.username,
      email: 'ana@harbour.example',
      firstName: 'Ana',
      lastName: 'Pilot',
      enabled: true,
      credentials: [{ type: 'password', value: PASSWORD.password }],
    },
  ],
};

const login = (name: string): URL =>
  authorizationUrl(`${keycloak.url}/realms/${name}`, { clientId: 'web', redirectUri: BACK });

/** Submits name and password, once more where the form comes again. @returns how many submits it took. */
async function submitUntilIn(browser: LoginBrowser): Promise<number> {
  for (const turn of [1, 2]) {
    const { status, code, text } = await browser.submit(PASSWORD);
    if (code !== undefined) return turn;
    if (status !== 200) throw new Error(`an error page, ${status}: ${text}`);
  }
  throw new Error('two submits were not enough');
}

async function openLogin(name: string): Promise<LoginBrowser> {
  const browser = loginBrowser(BACK);
  expect((await browser.open(login(name))).status).toBe(200);
  return browser;
}

async function twentyPages(name: string): Promise<readonly LoginBrowser[]> {
  await keycloak.importRealm(realm, name);
  return Promise.all(Array.from({ length: 20 }, () => openLogin(name)));
}

describe.skipIf(missing !== undefined)('people who are in the middle of a login', () => {
  it('20 login pages are open while one requirement changes in place: all 20 get a code at once', async () => {
    const browsers = await twentyPages('one-requirement');
    const person = await operator(keycloak, 'one-requirement');
    const path = person.file({ authenticationFlows: tree('first', 'ALTERNATIVE') });
    const { changes } = await person.json(0, 'apply', path, '--yes');
    expect(changes).toMatchObject([{ action: 'update', type: 'execution', path: 'requirement' }]);
    expect(person.proxy.writes().map(({ method }) => method)).toEqual(['PUT']);
    expect(await Promise.all(browsers.map(submitUntilIn))).toEqual(browsers.map(() => 1));
  });

  it('20 login pages are open while the sign-in moves to a new tree: all 20 get a code by the second submit', async () => {
    const browsers = await twentyPages('new-tree');
    const person = await operator(keycloak, 'new-tree');
    const path = person.file(MOVE);
    const said = (await person.run('plan', path)).stdout;
    expect(said).toContain('People who are logging in right now will see the form once more.');
    await person.json(0, 'apply', path, '--yes');
    const flows = (await person.call('GET', '/authentication/flows')) as Json[];
    expect(flows.map(({ alias }) => alias)).not.toContain('first');
    expect(Math.max(...(await Promise.all(browsers.map(submitUntilIn))))).toBe(2);
  });

  it('a login every 100 ms while a flow changes and is replaced: none gets an error page', async () => {
    await keycloak.importRealm(realm, 'all-the-time');
    const person = await operator(keycloak, 'all-the-time');
    const work = (async () => {
      for (const file of [{ authenticationFlows: tree('first', 'ALTERNATIVE') }, MOVE])
        await person.json(0, 'apply', person.file(file), '--yes');
    })();
    const logins: Promise<number>[] = [];
    let isOver = false;
    let open = 0;
    work.finally(() => {
      isOver = true;
    });
    while (!isOver && logins.length < 300) {
      // A busy server gets no more than it can answer.
      if (open < 6) {
        open += 1;
        logins.push(
          openLogin('all-the-time')
            .then(submitUntilIn)
            .finally(() => {
              open -= 1;
            }),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await work;
    const submits = await Promise.all(logins);
    expect(submits.length).toBeGreaterThan(5);
    expect(submits.every((count) => count <= 2)).toBe(true);
  });
});
