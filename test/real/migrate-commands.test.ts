import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Outcome, outcomeOf } from '../support/commands.ts';
import { type TestContext, temporaryFolder, testContext } from '../support/context.ts';
import { SCRIPT_RUNNERS } from '../support/migration.ts';
import { noPgbouncer, pgbouncer } from '../support/pgbouncer.ts';
import { PASSWORD, platformDatabase, type TestDatabase } from '../support/postgres-server.ts';
import { exportedUser, exportOf, HIDDEN, idOf } from '../support/realm-export.ts';
import { expectShape } from '../support/schemas.ts';

interface Operator {
  readonly context: TestContext;
  readonly database: TestDatabase;
  readonly folder: string;
  run(...args: readonly string[]): Promise<Outcome>;
}

const USERS = [
  exportedUser('ada', {
    realmRoles: ['admin'],
    attributes: { applications: ['team,Tools'], applications_admin: ['Tools,extra'] },
  }),
  exportedUser('bob', { attributes: { applications: ['TEAM'] } }),
  exportedUser('eve', { enabled: false }),
];

/** An operator with an export of a realm and the address of a platform's database. */
async function operator(
  users: readonly object[] = USERS,
  env: Record<string, string> = {},
): Promise<Operator> {
  const database = await platformDatabase();
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'r.json'), JSON.stringify(exportOf(users as typeof USERS)));
  const context = testContext({
    env: { DATABASE_URL: database.url, KEYCLOAK_ADMIN_CLIENT_SECRET: 'secret-of-the-client', ...env },
    override: { cwd: folder },
  });
  return {
    context,
    database,
    folder,
    run: (command = '', ...args) => {
      const source = ['plan', 'verify'].includes(command) ? ['--from-file', 'r.json'] : [];
      return outcomeOf(context, 'platform', 'migrate', command, ...args, ...source);
    },
  };
}

describe('an import, as an operator does it', () => {
  it('plans, shows, applies, verifies; a second plan says that you do not need it', async () => {
    const { database, folder, run } = await operator();
    const before = await database.dump();
    const planned = await run('plan');
    expect(planned.code, planned.stderr).toBe(0);
    expect(await database.dump()).toBe(before);
    expect(planned.stdout).toContain(
      '+ ada@example.com (regular, admin by role admin): TEAM, Tools (admin), extra (admin)',
    );
    expect(planned.stdout).toMatch(/Users to create\s+2\n/);
    expect(planned.stdout).toMatch(/Left out\s+1 {3}disabled 1\n/);
    expect(planned.stdout).toContain(`Plan: ${join(folder, 'migration-plan.jsonl')}\n`);
    expect(planned.stdout).toContain('maintainer grant');
    const file = join(folder, 'migration-plan.jsonl');
    for (const path of [file, `${file}.reverse.sql`]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await run('verify')).code).toBe(10);
    const asked = await run('apply', 'migration-plan.jsonl');
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect(await database.dump()).toBe(before);
    const applied = await run('apply', 'migration-plan.jsonl', '--yes');
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stderr).toMatch(
      /Wrote 2 users, 4 memberships and 3 projects in [\d.]+ s\. The database has everything/,
    );
    expect(await run('verify')).toMatchObject({
      code: 0,
      stdout: 'The database has all 2 users of the source.\n',
    });
    await database.query('UPDATE users SET deleted_at = now() WHERE username = $1', ['bob']);
    expect(await run('verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing differs, but the database lacks 1 of the 2 users'),
    });
    await database.query('UPDATE users SET deleted_at = NULL');
    const after = await database.dump();
    const again = await run('plan');
    expect(again.stdout).toContain(
      'You do not need this: the database already has all 2 users of the source.',
    );
    expect(await run('apply', 'migration-plan.jsonl', '--yes')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The plan has nothing to write.'),
    });
    expect(await database.dump()).toBe(after);
  });

  it('in JSON is what the schemas say, with the same hash for the same plan', async () => {
    const { run } = await operator();
    const plan = expectShape<{ hash: string; needed: boolean }>(
      'platform-migrate-plan',
      (await run('plan', '--json')).stdout,
    );
    expect(plan).toMatchObject({ needed: true, counts: { create: 2, memberships: 4 }, conflicts: [] });
    expect(JSON.parse((await run('plan', '--json')).stdout)).toMatchObject({ hash: plan.hash });
    const verify = expectShape('platform-migrate-verify', (await run('verify', '--json')).stdout);
    expect(verify).toMatchObject({ ok: false });
    const apply = await run('apply', 'migration-plan.jsonl', '--yes', '--json');
    expect(expectShape('platform-migrate-apply', apply.stdout)).toMatchObject({
      hash: plan.hash,
      outcome: 'written',
      verified: true,
    });
    expect(JSON.parse((await run('verify', '--json')).stdout)).toMatchObject({ ok: true });
    expect(JSON.parse((await run('plan', '--json')).stdout)).toMatchObject({ needed: false });
  });

  it('of a new installation is not needed', async () => {
    const { run } = await operator([], {});
    const planned = await run('plan', '--allow-no-admin', '--allow-empty');
    expect(planned.stdout).toContain('You do not need this: the source has no users to import.');
  });

  it('with conflicts exits with 10 and writes nothing; with --skip-conflicts it writes the rest', async () => {
    const { database, run } = await operator();
    await database.query(
      `INSERT INTO users (id, username, email) VALUES ('other', 'other', 'BOB@example.com')`,
    );
    expect((await run('plan')).stdout).toContain(
      `email-twin: bob@example.com [${idOf('bob')}] and BOB@example.com [other]`,
    );
    const before = await database.dump();
    expect(await run('apply', 'migration-plan.jsonl', '--yes')).toMatchObject({
      code: 10,
      stderr: expect.stringContaining('[PLAN_CONFLICTS]'),
    });
    expect(await database.dump()).toBe(before);
    expect((await run('apply', 'migration-plan.jsonl', '--yes', '--skip-conflicts')).code).toBe(0);
    expect(await database.query('SELECT username FROM users ORDER BY 1')).toEqual([
      { username: 'ada' },
      { username: 'other' },
    ]);
    expect((await run('verify')).code).toBe(10);
  });

  it('follows rules from a file, and takes the limit from --limit or USER_PROJECT_LIMIT', async () => {
    const { database, folder, run } = await operator(USERS, { USER_PROJECT_LIMIT: '2' });
    writeFileSync(join(folder, 'rules.yaml'), 'skip: [bob]\nmap: { extra: team }\n');
    const planned = await run('plan', '--rules', 'rules.yaml');
    expect(planned.stdout).toMatch(/disabled 1, rule 1/);
    await run('apply', 'migration-plan.jsonl', '--yes');
    expect(
      await database.query('SELECT project_name, is_project_admin FROM user_projects ORDER BY 1'),
    ).toEqual([
      { project_name: 'Tools', is_project_admin: true },
      { project_name: 'team', is_project_admin: true },
    ]);
    await run('plan', '--limit', '7', '--include-disabled');
    await run('apply', 'migration-plan.jsonl', '--yes');
    expect(await database.query('SELECT username, project_limit, is_active FROM users ORDER BY 1')).toEqual([
      { username: 'ada', project_limit: null, is_active: true },
      { username: 'bob', project_limit: 7, is_active: true },
      { username: 'eve', project_limit: 7, is_active: false },
    ]);
    for (const limit of ['-1', '1.5', 'x', '99999999999'])
      expect((await run('plan', '--limit', limit)).code).toBe(2);
  });

  it('leaves the plan of before and its way back under another name, and does not overwrite other files', async () => {
    const { folder, run } = await operator();
    await run('plan');
    const first = readFileSync(join(folder, 'migration-plan.jsonl'), 'utf8');
    const { hash } = JSON.parse((await run('plan', '--json')).stdout);
    await run('apply', 'migration-plan.jsonl', '--yes');
    const reverse = readFileSync(join(folder, 'migration-plan.jsonl.reverse.sql'), 'utf8');
    const { stderr } = await run('plan');
    const kept = join(folder, `migration-plan.${hash.slice(0, 12)}.jsonl`);
    expect(stderr).toContain(`The plan that was there before is now ${kept}`);
    expect(readFileSync(kept, 'utf8').split('\n').slice(0, -2)).toEqual(first.split('\n').slice(0, -2));
    expect(readFileSync(`${kept}.reverse.sql`, 'utf8')).toBe(reverse);
    expect(readdirSync(folder).filter((name) => /new|tmp/.test(name))).toEqual([]);

    writeFileSync(join(folder, 'notes.txt'), 'mine');
    for (const out of ['notes.txt', 'missing/plan.jsonl', '.'])
      expect(await run('plan', '--out', out), out).toMatchObject({ code: 2, stdout: '' });
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('says what an update changes, and waits for rows as long as --lock-timeout says', async () => {
    const { context, database, folder, run } = await operator();
    await run('plan');
    await run('apply', 'migration-plan.jsonl', '--yes');
    const changed = [exportedUser('ada', { realmRoles: ['admin'], firstName: 'Augusta' }), ...USERS.slice(1)];
    writeFileSync(join(folder, 'r.json'), JSON.stringify(exportOf(changed as typeof USERS)));
    await run('plan', '--policy', 'merge');
    const session = await database.session();
    await session.transaction(async () => {
      await session.run('LOCK TABLE codemie.users IN EXCLUSIVE MODE');
      expect(await run('apply', 'migration-plan.jsonl', '--yes', '--lock-timeout', '0s')).toMatchObject({
        stderr: expect.stringContaining('[DATABASE_BUSY]'),
      });
    });
    expect(await run('apply', 'migration-plan.jsonl', '--yes', '--lock-timeout', '100d')).toMatchObject({
      code: 2,
    });
    await run('apply', 'migration-plan.jsonl', '--yes');
    expect(context.out.stderr).toContain('Wrote changes of 1 user, 0 memberships and 0 projects');
    const job = await run('job', 'migration-plan.jsonl', '--online', '--lock-timeout', '5m');
    expect(job.stdout).toMatch(/- --online\n\s+- --lock-timeout\n\s+- 5m\n/);
  });

  it('may be masked for a ticket, in JSON too', async () => {
    const { database, run } = await operator();
    // A conflict, whose line has both people and the SQL to resolve it.
    await database.query(
      `INSERT INTO users (id, username, email) VALUES ('old', 'bobby', 'bob@example.com')`,
    );
    const { stdout } = await run('plan', '--redact');
    expect(stdout).toContain('a…@e….com');
    expect(stdout).not.toMatch(/ada|bob|team/);
    const json = expectShape<{ conflicts: readonly unknown[] }>(
      'platform-migrate-plan',
      (await run('plan', '--redact', '--json')).stdout,
    );
    expect(json.conflicts).toHaveLength(1);
    expect(JSON.stringify(json)).toContain('b…@e….com');
    expect(JSON.stringify(json)).not.toMatch(/ada@|bob|team/);
  });

  it.each(Object.entries(SCRIPT_RUNNERS))(
    'is the same as a script, printed without a database and run by %s',
    async (_name, script) => {
      const { run } = await operator();
      await run('plan');
      const { database: other } = await operator();
      const printed = await run('sql', 'migration-plan.jsonl', '--reason', "it's 7");
      expect(printed.code, printed.stderr).toBe(0);
      await script(other, printed.stdout);
      expect(await other.query('SELECT username FROM users ORDER BY 1')).toEqual([
        { username: 'ada' },
        { username: 'bob' },
      ]);
      expect((await run('job', 'migration-plan.jsonl', '--namespace', 'here')).stdout).toContain(
        'namespace: here',
      );
    },
  );
});

describe('secrets', () => {
  it('of the export, of the client and of the database are in no file, output or row', async () => {
    const { database, folder, run } = await operator();
    const printed = [];
    for (const command of [
      ['plan'],
      ['plan', '--json'],
      ['apply', 'migration-plan.jsonl', '--yes', '--reason', 'T'],
      ['verify'],
      ['sql', 'migration-plan.jsonl'],
      ['job', 'migration-plan.jsonl'],
      ['plan', '--database', `postgresql://postgres:${PASSWORD}@127.0.0.1:1/x`],
    ])
      printed.push(await run(...command));
    const files = readdirSync(folder).filter((name) => name !== 'r.json');
    expect(files).toEqual(['migration-plan.jsonl', 'migration-plan.jsonl.reverse.sql']);
    const everything = [
      JSON.stringify(printed),
      ...files.map((name) => readFileSync(join(folder, name), 'utf8')),
      await database.dump(),
    ].join('\n');
    expect(everything).toContain('ada@example.com');
    for (const secret of [...HIDDEN, 'secret-of-the-client', PASSWORD])
      expect(everything).not.toContain(secret);
  });
});

describe('what stands in the way', () => {
  it('is said with a code: no plan, a changed plan, a database without tables, another import', async () => {
    const { database, folder, run } = await operator();
    expect(await run('apply', 'none.jsonl', '--yes')).toMatchObject({ code: 2 });
    await run('plan');
    const path = join(folder, 'migration-plan.jsonl');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('ada@example.com', 'mallory@example.com'));
    expect(await run('apply', 'migration-plan.jsonl', '--yes')).toMatchObject({
      code: 9,
      stderr: expect.stringContaining('[PLAN_BROKEN]'),
    });
    writeFileSync(path, text);
    expect(await run('plan', '--schema', 'elsewhere')).toMatchObject({
      code: 9,
      stderr: expect.stringContaining('[DATABASE_SCHEMA]'),
    });
    const holder = await database.session();
    await holder.query('SELECT pg_advisory_lock(7734269302)');
    expect(await run('apply', 'migration-plan.jsonl', '--yes', '--lock-timeout', '100ms')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[DATABASE_LOCKED]'),
    });
    await holder.close();
  });

  it('two applies at once: both end well, and the rows are written once', async () => {
    const { run, database, context, folder } = await operator();
    await run('plan');
    const second = testContext({ env: { DATABASE_URL: database.url }, override: { cwd: folder } });
    const args = ['platform', 'migrate', 'apply', join(folder, 'migration-plan.jsonl'), '--yes', '--json'];
    const outcomes = await Promise.all([outcomeOf(context, ...args), outcomeOf(second, ...args)]);
    expect(outcomes.map(({ stdout }) => JSON.parse(stdout).outcome).sort()).toEqual(['already', 'written']);
    expect(await database.query('SELECT count(*)::int FROM users')).toEqual([{ count: 2 }]);
  });

  it('a column that nobody knows and that needs a value', async () => {
    const { database, run } = await operator();
    await database.query('ALTER TABLE users ADD COLUMN tenant text NOT NULL');
    expect(await run('plan')).toMatchObject({ code: 9, stderr: expect.stringContaining('users.tenant') });
  });

  it.skipIf(noPgbouncer !== undefined)(
    'a pooler: a plan can be made behind one, an apply is refused and leaves no lock',
    async () => {
      const { database, run } = await operator();
      const url = new URL(database.url);
      url.port = String(await pgbouncer(Number(url.port), 'transaction'));
      const planned = await run('plan', '--database', url.href);
      expect(planned.code, planned.stderr).toBe(0);
      const before = await database.dump();
      expect(await run('apply', 'migration-plan.jsonl', '--yes', '--database', url.href)).toMatchObject({
        code: 9,
        stderr: expect.stringContaining('[DATABASE_POOLED]'),
      });
      expect(await database.dump()).toBe(before);
      expect(
        await database.query(
          `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()`,
        ),
      ).toEqual([]);
      expect((await run('apply', 'migration-plan.jsonl', '--yes')).code).toBe(0);
    },
  );
});
