import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { usersFromExport } from '../../../src/platform/users/from-export.ts';
import type { SourceRules } from '../../../src/platform/users/rules.ts';
import type { UserSource } from '../../../src/platform/users/source.ts';
import type { SourceUser } from '../../../src/platform/users/user.ts';
import { outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { exportedUser, exportOf, HIDDEN } from '../../support/realm-export.ts';
import { expectShape } from '../../support/schemas.ts';

const RULES: SourceRules = {
  adminRole: 'admin',
  adminUserId: undefined,
  includeDisabled: false,
  includeServiceAccounts: false,
  allowNoAdmin: true,
  allowEmpty: true,
};

function fileWith(content: unknown, name = 'realm.json', folder = temporaryFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}

async function open(file: string, realm?: string): Promise<UserSource> {
  const reading = { cwd: '/', signal: new AbortController().signal };
  return usersFromExport(file, realm, RULES, reading);
}

async function usersIn(file: string): Promise<readonly SourceUser[]> {
  const users: SourceUser[] = [];
  for await (const row of (await open(file)).rows()) if (row.kind === 'user') users.push(row.user);
  return users;
}

async function adminsIn(content: unknown): Promise<Record<string, string | undefined>> {
  const users = await usersIn(fileWith(content));
  return Object.fromEntries(users.map(({ username, adminVia }) => [username, adminVia]));
}

const ADMIN = exportedUser('root', { realmRoles: ['admin'] });

describe('an export', () => {
  it('has its users read, whatever stands around them', async () => {
    const users = [exportedUser('ada'), exportedUser('bob', { enabled: false }), ADMIN];
    const source = await open(fileWith(exportOf(users)));
    const rows = [];
    for await (const row of source.rows()) rows.push(row);
    expect(rows).toMatchObject([
      { kind: 'user', user: { username: 'ada', isAdmin: false, memberships: [{ project: 'team' }] } },
      { kind: 'skip', skipped: { username: 'bob', reason: 'disabled' } },
      { kind: 'user', user: { username: 'root', isAdmin: true, adminVia: 'role admin' } },
    ]);
    expect(source.facts()).toMatchObject({ kind: 'export', realm: 'r', counts: { users: 2, skipped: 1 } });
  });

  it('says how many users of other storages it does not read, in one file or in a folder', async () => {
    const federatedUsers = [{ id: 'f:1:ada', attributes: {} }, { id: 'f:1:bob' }];
    const folder = temporaryFolder();
    fileWith(exportOf([]), 'r-realm.json', folder);
    fileWith({ realm: 'r', users: [exportedUser('ada')] }, 'r-users-0.json', folder);
    fileWith({ realm: 'r', federatedUsers }, 'r-federated-users-0.json', folder);
    const file = fileWith({ ...exportOf([exportedUser('ada')]), federatedUsers });
    for (const place of [file, folder]) {
      const source = await open(place);
      const rows = [];
      for await (const row of source.rows()) rows.push(row);
      expect(rows).toMatchObject([{ kind: 'user', user: { username: 'ada' } }]);
      expect(source.facts().notCovered).toEqual(['2 users of other storages, such as LDAP']);
    }
  });

  it('may have its members in any order, a byte order mark, and texts that are cut between two pieces', async () => {
    const long = '\u00fc'.repeat(150_000);
    const { users, ...rest } = exportOf([exportedUser('ada', { note: `x${long}` }), ADMIN]);
    const file = fileWith(`\ufeff${JSON.stringify({ note: long, users, ...rest })}`);
    expect((await usersIn(file)).map(({ username, isAdmin }) => [username, isAdmin])).toEqual([
      ['ada', false],
      ['root', true],
    ]);
  });

  it('of one file is not read beyond roles and groups before the users are asked for', async () => {
    const file = fileWith(exportOf([exportedUser('ada')]));
    appendFileSync(file, `${' '.repeat(1 << 20)}nonsense`);
    const source = await open(file);
    await expect(async () => {
      for await (const _ of source.rows());
    }).rejects.toMatchObject({ code: 'SOURCE_FILE' });
  });

  it('of a folder has its users in numbered files', async () => {
    const folder = temporaryFolder();
    const file = fileWith(exportOf([]), 'r-realm.json', folder);
    fileWith({ realm: 'r', users: [exportedUser('cid')] }, 'r-users-10.json', folder);
    fileWith({ realm: 'r', users: [exportedUser('ada'), exportedUser('bea')] }, 'r-users-0.json', folder);
    fileWith({ realm: 'r', users: [ADMIN] }, 'r-users-2.json', folder);
    fileWith({ users: [exportedUser('stranger')] }, 'other-users-0.json', folder);
    fileWith({ federatedUsers: [exportedUser('remote')] }, 'r-federated-users-0.json', folder);
    const names = ['ada', 'bea', 'root', 'cid'];
    expect((await usersIn(folder)).map(({ username }) => username)).toEqual(names);
    expect((await usersIn(file)).map(({ username }) => username)).toEqual(names);
  });

  it.each([
    ['nothing there', () => join(temporaryFolder(), 'no.json'), 'does not exist'],
    ['an empty folder', () => temporaryFolder(), 'NAME-realm.json'],
    ['no JSON', () => fileWith('{"realm": nonsense}'), 'not JSON'],
    [
      'an end in the middle',
      () => fileWith(JSON.stringify(exportOf([ADMIN])).slice(0, -400)),
      'ends in the middle',
    ],
    ['no realm', () => fileWith({ users: [] }), 'member "realm"'],
    ['several realms', () => fileWith([exportOf([])]), 'member "realm"'],
    ['a device', () => '/dev/null', 'neither a file nor a folder'],
  ])('that cannot be used is an error: %s', async (_, make, words) => {
    const context = testContext();
    const { code, stdout, stderr } = await outcomeOf(
      context,
      ...['platform', 'migrate', 'plan', '--source-only', '--from-file', make()],
    );
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr + stdout).not.toMatch(/of-the-export|nonsense/);
  });

  it('of several realms in one folder is an error', async () => {
    const folder = temporaryFolder();
    fileWith(exportOf([]), 'a-realm.json', folder);
    fileWith(exportOf([]), 'b-realm.json', folder);
    await expect(open(folder)).rejects.toThrow('a-realm.json, b-realm.json');
  });

  it('of another realm than the one that was named is an error', async () => {
    await expect(open(fileWith(exportOf([])), 'other')).rejects.toMatchObject({ code: 'SOURCE_FILE' });
  });

  it('warns of groups with projects of their own, and of an admin role that the realm does not have', async () => {
    const groups = [
      {
        name: 'a',
        path: '/a',
        subGroups: [{ name: 'b', path: '/a/b', attributes: { applications: ['x'] } }],
      },
    ];
    const source = await open(fileWith(exportOf([], { groups, roles: { realm: [] } })));
    expect(source.facts().findings).toMatchObject([
      { rule: 'admin-role-unknown' },
      { rule: 'group-attributes', path: 'group /a/b' },
    ]);
  });
});

describe('administrators of an export', () => {
  const roles = {
    realm: [
      { name: 'admin' },
      { name: 'lead', composite: true, composites: { realm: ['admin'] } },
      { name: 'boss', composite: true, composites: { realm: ['lead'] } },
      { name: 'other', composite: true, composites: { realm: ['nothing'] } },
    ],
    client: { web: [{ name: 'chief', composite: true, composites: { realm: ['boss'] } }] },
  };
  const groups = [
    {
      name: 'ops',
      path: '/ops',
      subGroups: [
        {
          name: 'sub',
          path: '/ops/sub',
          realmRoles: ['lead'],
          subGroups: [{ name: 'deep', path: '/ops/sub/deep' }],
        },
      ],
    },
    { name: 'web', path: '/web', clientRoles: { web: ['chief'] } },
  ];

  it('come by roles, composite roles and groups at any depth, each with its path', async () => {
    const users = [
      exportedUser('direct', { realmRoles: ['admin'] }),
      exportedUser('composite', { realmRoles: ['boss'] }),
      exportedUser('client', { clientRoles: { web: ['chief'] } }),
      exportedUser('group', { groups: ['/ops/sub'] }),
      exportedUser('below', { groups: ['/ops/sub/deep'] }),
      exportedUser('by-client-role-of-group', { groups: ['/web'] }),
      exportedUser('above', { groups: ['/ops'] }),
      exportedUser('none', { realmRoles: ['other'] }),
      exportedUser('twice', { realmRoles: ['boss', 'admin'], groups: ['/ops/sub'] }),
    ];
    const lead = 'role lead > role admin';
    expect(await adminsIn(exportOf(users, { roles, groups }))).toEqual({
      direct: 'role admin',
      composite: `role boss > ${lead}`,
      client: `role chief of client web > role boss > ${lead}`,
      group: `group /ops/sub > ${lead}`,
      below: `group /ops/sub > ${lead}`,
      'by-client-role-of-group': `group /web > role chief of client web > role boss > ${lead}`,
      above: undefined,
      none: undefined,
      twice: 'role admin',
    });
  });

  it('are found although composite roles contain each other in a circle', async () => {
    const circle = {
      realm: [
        { name: 'admin', composite: true, composites: { realm: ['b'] } },
        { name: 'a', composite: true, composites: { realm: ['admin', 'b'] } },
        { name: 'b', composite: true, composites: { realm: ['a'] } },
      ],
    };
    const users = [exportedUser('one', { realmRoles: ['b'] }), exportedUser('two', { realmRoles: ['c'] })];
    expect(await adminsIn(exportOf(users, { roles: circle }))).toEqual({
      one: 'role b > role a > role admin',
      two: undefined,
    });
  });
});

describe('the preflight of an export', () => {
  it('tells a person and a program the same, and nothing of its credentials', async () => {
    const folder = temporaryFolder();
    const users = [
      ADMIN,
      exportedUser('off', { enabled: false }),
      exportedUser('service-account-bot'),
      exportedUser('twice', { attributes: { applications: ['A,a'] } }),
    ];
    const file = fileWith(exportOf(users), 'realm.json', folder);
    const context = testContext({ env: { CODEMIE_DEBUG: 'true' } });
    const args = ['platform', 'migrate', 'plan', '--source-only', '--from-file', file];
    const text = await outcomeOf(context, ...args);
    const json = await outcomeOf(context, ...args, '--json');
    expect([text.code, json.code]).toEqual([0, 0]);
    expectShape('platform-migrate-plan-source', json.stdout);
    expect(JSON.parse(json.stdout)).toMatchObject({
      counts: { accounts: 4, users: 2, skipped: 2, memberships: 2, projects: 2, admins: 1 },
      admins: [{ username: 'root', via: 'role admin', active: true }],
      skipped: [
        { reason: 'disabled', count: 1 },
        { reason: 'service-account', count: 1 },
      ],
      repairs: [{ reason: 'duplicate-project', examples: [{ username: 'twice', detail: 'A, a' }] }],
    });
    expect(text.stdout).toContain('To import: 2 users, 2 projects, 2 memberships.');
    expect(text.stdout).toContain('root  role admin');
    expect(text.stdout).toContain('2 accounts not imported');
    const written = [...filesUnder(context.home)].map((path) => readFileSync(path, 'utf8'));
    const traces = [text, json].flatMap(({ stdout, stderr }) => [stdout, stderr]).concat(written);
    for (const secret of HIDDEN) for (const trace of traces) expect(trace).not.toContain(secret);
    expect(readdirSync(folder)).toEqual(['realm.json']);
  });
});

function* filesUnder(folder: string): Generator<string> {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}
