import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../support/commands.ts';
import { type TestContext, testContext } from '../../support/context.ts';
import { type FakeRealm, fakeRealm, fakeUser } from '../../support/fake-realm.ts';
import { expectShape } from '../../support/schemas.ts';

const SECRET = 's3cret';
const PLAN = ['platform', 'migrate', 'plan', '--source-only'] as const;

const PEOPLE = Array.from({ length: 25 }, (_, at) => fakeUser(`user${at}`));
const ADMIN = String(PEOPLE[0]?.['id']);

interface Report {
  readonly source: { readonly place: string };
  readonly counts: { readonly users: number };
  readonly admins: readonly { readonly username: string; readonly via: string }[];
  readonly findings: readonly { readonly rule: string }[];
}

interface Setup {
  readonly context: TestContext;
  readonly paths: () => readonly string[];
}

async function setup(realm: Partial<FakeRealm> = {}, env: Record<string, string> = {}): Promise<Setup> {
  const server = await fakeRealm({
    secret: SECRET,
    pages: [PEOPLE, []],
    counts: [25],
    holders: [ADMIN],
    ...realm,
  });
  const context = testContext({
    env: {
      KEYCLOAK_ADMIN_URL: server.url,
      KEYCLOAK_ADMIN_REALM: 'r',
      KEYCLOAK_ADMIN_CLIENT_ID: 'reader',
      KEYCLOAK_ADMIN_CLIENT_SECRET: SECRET,
      ...env,
    },
  });
  return { context, paths: () => server.seen.map(({ path }) => path) };
}

async function planned({ context }: Setup, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await outcomeOf(context, ...PLAN, ...args, '--json');
  expect(code, stderr + stdout).toBe(0);
  return expectShape<Report>('platform-migrate-plan-source', stdout);
}

describe('a secret that ends with a newline', () => {
  it.each(['\n', '\r\n', '\r'])(
    'signs in without it, and one warning names the variable: %j',
    async (end) => {
      const { context } = await setup({}, { KEYCLOAK_ADMIN_CLIENT_SECRET: `${SECRET}${end}` });
      const { code, stdout, stderr } = await outcomeOf(context, ...PLAN);
      expect(code, stderr).toBe(0);
      expect(stderr.match(/KEYCLOAK_ADMIN_CLIENT_SECRET/g)).toHaveLength(1);
      expect(stderr).toMatch(/Warning: KEYCLOAK_ADMIN_CLIENT_SECRET ends with a line end/);
      expect(stdout + stderr).not.toContain(SECRET);
    },
  );

  it('says nothing of a secret that is as it should be', async () => {
    const { context } = await setup();
    expect((await outcomeOf(context, ...PLAN)).stderr).not.toContain('Warning');
  });

  it.each(['s3\x07cret', 's3cret\n\n', 's3 cr\u00e9t', '\ts3cret'])(
    'is refused before any request for another character that no secret has: %j',
    async (secret) => {
      const { context, paths } = await setup({}, { KEYCLOAK_ADMIN_CLIENT_SECRET: secret });
      const { code, stdout, stderr } = await outcomeOf(context, ...PLAN);
      expect(code).toBe(9);
      expect(stderr).toContain('CONFIG_INVALID');
      expect(stdout + stderr).not.toContain(secret);
      expect(paths()).toEqual([]);
    },
  );
});

describe('a page shorter than asked', () => {
  const cut = (...lengths: readonly number[]): FakeRealm['pages'] => {
    const ends = lengths.map((_, at) => lengths.slice(0, at + 1).reduce((sum, length) => sum + length, 0));
    return lengths.map((length, at) => PEOPLE.slice((ends[at] ?? 0) - length, ends[at]));
  };

  it('is not the last page: pages of 7, 10, 8 and 0 are 25 users', async () => {
    const at = await setup({ pages: cut(7, 10, 8, 0) });
    expect((await planned(at)).counts.users).toBe(25);
    const starts = at.paths().flatMap((path) => /\/r\/users\?.*first=(\d+)&max=100/.exec(path)?.[1] ?? []);
    expect(starts).toEqual(['0', '100', '200', '300']);
  });

  it('is a fault where fewer users come than the server counts: nothing is planned', async () => {
    const { context } = await setup({ pages: cut(7, 10, 3, 0) });
    const { code, stdout, stderr } = await outcomeOf(context, ...PLAN);
    expect(code).toBe(6);
    expect(stderr).toContain('20 of 25 users');
    expect(stdout).toBe('');
  });

  it('is a fault where the list is empty and the count is not, as for query-users alone', async () => {
    const { context } = await setup({ pages: [[]] });
    const { code, stderr } = await outcomeOf(context, ...PLAN);
    expect(code).toBe(6);
    expect(stderr).toContain('0 of 25 users');
  });

  it('is no plan where users were deleted meanwhile: others may have moved to a page that was read', async () => {
    const { context } = await setup({ counts: [25, 25, 24] });
    const { code, stderr } = await outcomeOf(context, ...PLAN);
    expect(code).toBe(1);
    expect(stderr).toContain('SOURCE_CHANGED');
  });

  it('counts a user once who moved to the next page, because another one was created', async () => {
    const at = await setup({ pages: [PEOPLE.slice(0, 20), PEOPLE.slice(19), []] });
    expect((await planned(at)).counts.users).toBe(25);
  });

  it('ends with a server that knows no pages', async () => {
    const at = await setup({ pages: [PEOPLE] });
    expect((await planned(at)).counts.users).toBe(25);
  });
});

describe('the address of Keycloak', () => {
  it.each([
    ['', '/auth'],
    ['/auth', ''],
  ])('answers below "%s", and works given as "%s", too', async (base, given) => {
    const server = await fakeRealm({
      base,
      secret: SECRET,
      pages: [PEOPLE, []],
      counts: [25],
      holders: [ADMIN],
    });
    const context = testContext({
      env: { KEYCLOAK_ADMIN_CLIENT_ID: 'reader', KEYCLOAK_ADMIN_CLIENT_SECRET: SECRET },
    });
    const args = ['--from-keycloak', `${server.url}${given}/`, '--realm', 'r'];
    const { source, findings } = await planned({ context, paths: () => [] }, ...args);
    expect(source.place).toBe(`${server.url}${base}`);
    expect(findings.map(({ rule }) => rule)).toContain('other-address');
    const wrong = server.seen.filter(({ path }) => base !== '' && !path.startsWith(base));
    expect(wrong.every(({ method, body }) => method === 'GET' && body === '')).toBe(true);
  });
});

describe('what would make a wrong import', () => {
  it.each([
    ['applications', {}],
    ['applications_admin', { attributes: [{ name: 'applications' }, { name: 'user_type' }] }],
    ['applications', { attributes: [{ name: 'applications', permissions: { view: ['user'] } }] }],
  ])('stops where Keycloak hides %s', async (name, profile) => {
    const { context } = await setup({ profile });
    const { code, stdout, stderr } = await outcomeOf(context, ...PLAN, '--allow-empty');
    expect(code).toBe(9);
    expect(stderr).toContain(`"${name}"`);
    expect(stderr).toContain('ADMIN_VIEW');
    expect(stdout).toBe('');
  });

  it('goes on where the profile declares the attributes, and warns of a user type that is hidden', async () => {
    const view = { permissions: { view: ['admin'] } };
    const attributes = [
      { name: 'applications', ...view },
      { name: 'applications_admin', ...view },
    ];
    const { findings } = await planned(await setup({ profile: { attributes } }));
    expect(findings.map(({ rule }) => rule)).toEqual(['user-type-hidden']);
  });

  it('stops where nobody would be an admin, unless that is allowed', async () => {
    const stopped = await setup({ holders: [] });
    const { code, stderr } = await outcomeOf(stopped.context, ...PLAN);
    expect(code).toBe(9);
    expect(stderr).toContain('--allow-no-admin');
    expect((await planned(await setup({ holders: [] }), '--allow-no-admin')).admins).toEqual([]);
  });

  it('stops where the only admin is disabled', async () => {
    const pages = [[fakeUser('user0', { enabled: false }), ...PEOPLE.slice(1)], []];
    const { context } = await setup({ pages });
    expect((await outcomeOf(context, ...PLAN, '--include-disabled')).code).toBe(9);
  });

  it('stops where nobody has a project, unless that is allowed', async () => {
    const pages = [PEOPLE.map((user) => ({ ...user, attributes: {} })), []];
    const stopped = await setup({ pages });
    const { code, stderr } = await outcomeOf(stopped.context, ...PLAN);
    expect(code).toBe(9);
    expect(stderr).toContain('--allow-empty');
    expect((await planned(await setup({ pages }), '--allow-empty')).counts.users).toBe(25);
  });
});

describe('who is an admin', () => {
  it('is whom ADMIN_USER_ID names, and who has the role that ADMIN_ROLE_NAME or --admin-role names', async () => {
    const env = { ADMIN_USER_ID: ADMIN, ADMIN_ROLE_NAME: 'other' };
    const first: FakeRealm['first'] = ({ path }) =>
      /roles\/(other|boss)$/.test(path) ? { status: 404, body: { error: 'Could not find role' } } : undefined;
    const { admins, findings } = await planned(await setup({ holders: [], first }, env));
    expect(admins).toMatchObject([{ username: 'user0', via: 'ADMIN_USER_ID' }]);
    expect(findings).toMatchObject([{ rule: 'admin-role-unknown' }]);
    const at = await setup({ first }, env);
    await planned(at, '--admin-role', 'boss');
    expect(at.paths().join(' ')).toContain('/roles/boss');
  });
});

it('lacks roles: all of them are named at once, with the client that has them', async () => {
  const first: FakeRealm['first'] = ({ path }) =>
    path.includes('/admin/') ? { status: 403, body: { error: 'HTTP 403 Forbidden' } } : undefined;
  const { context } = await setup({ first });
  const { code, stderr } = await outcomeOf(context, ...PLAN);
  expect(code).toBe(6);
  expect(stderr).toMatch(/lacks view-users and view-realm/);
  expect(stderr).toContain('realm-management');
});

it('asks for a place, a realm and an account', async () => {
  const bare = async (...args: readonly string[]) =>
    (await outcomeOf(testContext(), ...PLAN, ...args)).stderr;
  const url = 'https://keycloak.example.com';
  expect(await bare()).toContain('--from-keycloak');
  expect(await bare('--from-keycloak', url)).toContain('KEYCLOAK_ADMIN_REALM');
  expect(await bare('--from-keycloak', url, '--realm', 'r')).toContain('KEYCLOAK_ADMIN_CLIENT_ID');
  expect(await bare('--from-keycloak', url, '--from-file', 'x.json')).toContain('not both');
});
