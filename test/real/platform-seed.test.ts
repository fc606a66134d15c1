import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browse } from '../support/browser.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { PEOPLE_PASSWORD, PlatformOperator, realmFile, trusting } from '../support/platform-operator.ts';
import { platformDatabase, postgresVersions, type TestDatabase } from '../support/postgres-server.ts';
import { lineOf } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

const missing =
  prepareKeycloak() ??
  missingTool('chromium', ['chromium']) ??
  (postgresVersions().length === 0 ? 'PostgreSQL' : undefined);
const REALM = 'codemie-prod';
const PEOPLE = 500;
let keycloak: KeycloakServer;
let browser: Browser;

beforeAll(async () => {
  if (missing !== undefined) return;
  keycloak = await keycloakServer();
  await keycloak.importRealm(realmFile(PEOPLE), REALM);
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
}, 240_000);
afterAll(() => browser?.close());

/** Values of a deployment that has the chart's list, as an operator's file has it. */
const API_VALUES = `# values of codemie-api
replicaCount: 1
extraEnv:
  - name: IDP_PROVIDER
    value: "keycloak"
  - name: ENV
    value: "production"
`;
const UI_VALUES = `viteApiUrl: /code-assistant-api
viteIdpProvider: keycloak
`;

/** The same as a deployed platform has it: a sandbox with the variables of the values file. */
const MANAGED = { ENABLE_USER_MANAGEMENT: 'true', USER_PROJECT_LIMIT: '3' };
const SHOWN = { VITE_ENABLE_USER_MANAGEMENT: 'true', VITE_ENABLE_BUDGET_MANAGEMENT: 'true' };

async function operator(
  database: TestDatabase,
  env: Record<string, string> = {},
  realm = REALM,
): Promise<PlatformOperator> {
  const someone = new PlatformOperator(keycloak, realm, database);
  Object.assign(someone.machine.env, trusting(keycloak, realm), env);
  someone.file('api.yaml', API_VALUES);
  someone.file('ui.yaml', UI_VALUES);
  return someone;
}

/** Signs in to the platform's web page with Keycloak's own form. */
async function signedIn(url: string, username: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage();
  await page.goto(`${url}/settings`);
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(PEOPLE_PASSWORD);
  await page.locator('#kc-login').click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  return page;
}

/** The "Verification" of the documentation, as a person does it. */
async function verify(page: Page, folder: string, users: Readonly<Record<string, string>>): Promise<void> {
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('heading', { level: 1, name: 'Users management' }).waitFor();
  const tabs = page.getByRole('navigation', { name: 'Administration' }).getByRole('link');
  expect(await tabs.allTextContents()).toEqual(['Users management', 'Projects management']);
  for (const [email, projects] of Object.entries(users)) {
    await page.getByLabel('Search').fill(email);
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('cell', { name: email, exact: true }).first().waitFor();
    for (const project of projects.split(' '))
      expect(await page.getByRole('row').filter({ hasText: email }).textContent()).toContain(project);
  }
  await page.screenshot({ path: join(folder, 'users-management.png'), fullPage: true });
}

const counts = async (database: TestDatabase): Promise<unknown> =>
  database.query(
    `SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM users WHERE is_admin) AS admins,
            (SELECT count(*)::int FROM user_projects WHERE project_name NOT LIKE '%@%') AS memberships,
            (SELECT count(*)::int FROM user_projects WHERE is_project_admin) AS "projectAdmins"`,
  );
const IMPORTED = [{ users: PEOPLE, admins: 1, memberships: 2 * PEOPLE, projectAdmins: 20 }];

describe.skipIf(missing !== undefined)('Platform-managed mode, as its documentation has it', () => {
  it('fresh installation: step 1, and the verification', async () => {
    const someone = await operator(await platformDatabase('empty'), { ...MANAGED, ...SHOWN });
    await someone.platform(
      'values enable --api api.yaml --ui ui.yaml --limit 3 --chart-values api.yaml --write',
    );
    expect(someone.read('api.yaml')).toContain('- name: ENABLE_USER_MANAGEMENT\n    value: "true"');
    expect(someone.read('ui.yaml')).toContain('viteEnableUserManagement: true\n');
    await someone.platform('check api.yaml ui.yaml --chart-values api.yaml --chart-version 2.40.0');
    const { url, stop } = await someone.machine.sandbox(
      '--database',
      someone.machine.env['DATABASE_URL'] ?? '',
    );
    const page = await signedIn(url, 'person0');
    await verify(page, someone.machine.folder, { 'person0@acme.example': 'team-0 shared' });
    await page.context().close();
    await stop();
  });

  it('switch with 500 users: import first, flip after, verification, maintainer, cleanup', async () => {
    const database = await platformDatabase();
    const someone = await operator(database);
    const { stdout } = await someone.platform('migration-client create');
    const secret = /^\S{20,}$/m.exec(stdout)?.[0] ?? '';
    const source = {
      KEYCLOAK_ADMIN_URL: keycloak.url,
      KEYCLOAK_ADMIN_REALM: REALM,
      KEYCLOAK_ADMIN_CLIENT_ID: 'codemie-migration-client',
      KEYCLOAK_ADMIN_CLIENT_SECRET: secret,
    };
    const plan = await someone.platform('migrate plan', source);
    expect(plan.stdout).toMatch(/Users to create +500/);
    await someone.platform('migrate apply migration-plan.jsonl --yes');
    expect(await counts(database)).toEqual(IMPORTED);
    await someone.platform('migrate verify', source);
    await someone.platform(
      'values enable --api api.yaml --ui ui.yaml --limit 3 --chart-values api.yaml --write',
    );

    Object.assign(someone.machine.env, MANAGED, SHOWN);
    const { url, stop } = await someone.machine.sandbox('--database', database.url);
    const page = await signedIn(url, 'person0');
    await verify(page, someone.machine.folder, {
      'person7@acme.example': 'team-7 shared',
      'person499@acme.example': 'team-19 shared',
    });
    // The statement of the documentation, as it stands there.
    await database.query(
      `UPDATE users SET is_maintainer = true, is_admin = true WHERE email = 'person0@acme.example';`,
    );
    expect((await someone.platform('maintainer list')).stdout).toContain('person0@acme.example');
    await page.context().close();
    await stop();

    await someone.platform('migration-client delete');
    expect(await keycloak.call('GET', `/${REALM}/clients?clientId=codemie-migration-client`)).toEqual([]);
    expect(secret.length).toBeGreaterThan(19);
    expect(
      [...someone.machine.files()].filter(([, text]) => text.includes(secret)).map(([name]) => name),
    ).toEqual([]);
  });

  it('step 2 as the platform itself does it: once at start, and a second start overwrites nothing and says so', async () => {
    const database = await platformDatabase('empty');
    const someone = await operator(database, MANAGED);
    const { stdout } = await someone.platform('migration-client create');
    await someone.platform(
      `values migration-on --api api.yaml --ui ui.yaml --keycloak-url ${keycloak.url} --realm ${REALM} --chart-values api.yaml --write`,
    );
    expect(someone.read('api.yaml')).toContain('secretKeyRef');
    Object.assign(someone.machine.env, {
      KEYCLOAK_MIGRATION_ENABLED: 'true',
      KEYCLOAK_ADMIN_URL: keycloak.url,
      KEYCLOAK_ADMIN_REALM: REALM,
      KEYCLOAK_ADMIN_CLIENT_ID: 'codemie-migration-client',
      KEYCLOAK_ADMIN_CLIENT_SECRET: /^\S{20,}$/m.exec(stdout)?.[0] ?? '',
    });
    await (await someone.machine.sandbox('--database', database.url)).stop();
    expect(await counts(database)).toEqual(IMPORTED);

    await database.query(
      `DELETE FROM user_projects WHERE project_name = 'shared' AND user_id IN (SELECT id FROM users WHERE username = 'person5')`,
    );
    await database.query(`UPDATE users SET name = 'By hand' WHERE username = 'person6'`);
    const before = await database.dump();
    const again = someone.machine.start(['sandbox', 'start', '--json', '--database', database.url]);
    const said = await new Promise<string>((resolve) => {
      let text = '';
      again.stderr?.on('data', (chunk) => {
        text += chunk;
      });
      again.stdout?.once('data', () => resolve(text));
    });
    again.kill('SIGTERM');
    expect(said).toContain('KEYCLOAK_MIGRATION_ENABLED is still on');
    expect(await database.dump()).toBe(before);

    await someone.platform('values migration-off --api api.yaml --chart-values api.yaml --write');
    expect(someone.read('api.yaml')).not.toMatch(/KEYCLOAK_/);
    expect(readdirSync(someone.machine.folder).filter((name) => name.startsWith('codemie-import-'))).toEqual(
      [],
    );
  });

  it('upgrade with two replicas: one makes the tables, the other waits, both serve', async () => {
    const database = await platformDatabase('empty');
    const someone = await operator(database, MANAGED);
    const both = await Promise.all([1, 2].map(() => someone.machine.sandbox('--database', database.url)));
    for (const { url, stop } of both) {
      expect((await fetch(`${url}/code-assistant-api/v1/healthcheck`)).status).toBe(200);
      await stop();
    }
  });

  it('joined up: realm apply on a new realm, a sign-in against it through the platform, the same realm as the source of users', async () => {
    const database = await platformDatabase('empty');
    const someone = await operator(database, MANAGED, 'joined');
    someone.file('realm.json', JSON.stringify(realmFile(3)));
    await someone.run('realm apply realm.json --yes');
    const { url, stop } = await someone.machine.sandbox('--database', database.url);
    const login = someone.machine.start(['profile', 'login', '--url', url, '--store', 'encrypted-file'], {
      input: { open: true },
    });
    const done = someone.machine.collect(login);
    const address = await lineOf(login, /^http:\S+\/protocol\/openid-connect\/auth\S+$/m);
    await browse(
      address,
      () => false,
      ({ html, hidden }) =>
        html.includes('id="kc-form-login"')
          ? { ...hidden, username: 'person1', password: PEOPLE_PASSWORD }
          : undefined,
    );
    expect((await done).code).toBe(0);
    const status = JSON.parse((await someone.run('profile status --json')).stdout);
    expect(status).toMatchObject({
      state: 'valid',
      identity: { email: 'person1@acme.example' },
      platform: { access: 'platform', role: 'project-admin' },
    });

    // The person who signed in is there already; the import brings the two others.
    const source = { KEYCLOAK_ADMIN_URL: keycloak.url, KEYCLOAK_ADMIN_REALM: 'joined' };
    expect((await someone.platform('migrate plan', source)).stdout).toMatch(/Users to create +2/);
    await someone.platform('migrate apply migration-plan.jsonl --yes');
    await someone.platform('migrate verify', source);
    await stop();
  });
});
