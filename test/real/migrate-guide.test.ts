import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRules } from '../../src/platform/migrate/plan/rules-file.ts';
import { type Outcome, outcomeOf } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';
import { blocksOfGuides, wordsOf } from '../support/documents.ts';
import { SCRIPT_RUNNERS } from '../support/migration.ts';
import { PASSWORD, platformDatabase } from '../support/postgres-server.ts';
import { root } from '../support/program.ts';
import { exportedUser, exportOf } from '../support/realm-export.ts';

const GUIDE = 'docs/platform-guide.md';
/** The guide reads from a server; here, its export stands in. */
const FROM_SERVER = '--from-keycloak https://keycloak.example.com --realm codemie-prod';

/** @returns the lines of the block of the guide that starts so. */
function linesOf(start: string): readonly string[] {
  const block = blocksOfGuides().find(({ document, text }) => document === GUIDE && text.startsWith(start));
  if (block === undefined) throw new Error(`no block of the guide starts with ${start}`);
  return block.text.trim().split('\n');
}

/** An operator in a folder with the export of the realm. */
function operator(databaseUrl: string) {
  const cwd = temporaryFolder();
  const users = [exportedUser('ada', { realmRoles: ['admin'] }), exportedUser('bob')];
  writeFileSync(join(cwd, 'r.json'), JSON.stringify(exportOf(users)));
  const context = testContext({ env: { DATABASE_URL: databaseUrl }, override: { cwd } });
  const follow = async (start: string, ...more: readonly string[]): Promise<readonly Outcome[]> => {
    const outcomes = [];
    for (const line of linesOf(start)) {
      const [, ...words] = wordsOf(line.replace(FROM_SERVER, '--from-file r.json'));
      const isApply = words.includes('apply');
      const outcome = await outcomeOf(context, ...words, ...(isApply ? ['--yes', ...more] : []));
      expect([outcome.code, line], outcome.stderr).toEqual([0, line]);
      outcomes.push(outcome);
    }
    return outcomes;
  };
  return { cwd, follow };
}

describe('the guide to platform-managed mode', () => {
  it('imports the users first: looks, plans, applies, verifies; and takes the import back', async () => {
    const database = await platformDatabase();
    const { cwd, follow } = operator(database.url);
    await follow('codemie platform migrate plan --source-only --from');
    await follow('codemie platform migrate plan --from-keycloak');
    const [script] = await follow('codemie platform migrate sql');
    const [job] = await follow('codemie platform migrate job');
    expect(job?.stdout).toContain('kind: Job');
    const [applied, verified] = await follow('codemie platform migrate apply');
    expect(applied?.stderr).toContain('Wrote 2 users');
    expect(verified?.stdout).toContain('all 2 users');
    const reverse = /--file=(\S+)/.exec(linesOf('psql --no-psqlrc')[0] ?? '')?.[1] ?? '';
    for (const [text, count] of [
      [readFileSync(join(cwd, reverse), 'utf8'), 0],
      [script?.stdout ?? '', 2],
    ] as const) {
      for (const run of Object.values(SCRIPT_RUNNERS).slice(0, 1)) await run(database, text);
      expect(await database.query('SELECT count(*)::int FROM users')).toEqual([{ count }]);
    }
  });

  it('shows rules that are read as it says', () => {
    const path = join(temporaryFolder(), 'rules.yaml');
    writeFileSync(path, linesOf('keep: [ada').join('\n'));
    expect(readRules(path)).toEqual({
      keep: ['ada@example.com'],
      skip: ['test-user', 'old-robot'],
      map: [{ from: 'Old-Project', to: 'new-project' }],
    });
  });

  it('names the permissions that a plan and an apply need', async () => {
    const database = await platformDatabase();
    const [, grants = ''] =
      /```sql\n(GRANT CONNECT[^`]*)```/.exec(readFileSync(join(root, GUIDE), 'utf8')) ?? [];
    const role = `importer_${database.name}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    try {
      await database.query(
        grants.replaceAll('importer', role).replace('DATABASE codemie', `DATABASE ${database.name}`),
      );
      const { follow } = operator(database.url.replace('postgres:', `${role}:`));
      await follow('codemie platform migrate plan --from-keycloak');
      const [applied] = await follow('codemie platform migrate apply');
      expect(applied?.stderr).not.toContain('superuser');
      expect(await database.query('SELECT count(*)::int FROM users')).toEqual([{ count: 2 }]);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
