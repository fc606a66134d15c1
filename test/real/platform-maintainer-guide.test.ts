import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { blocksOfGuides } from '../support/documents.ts';
import { addUsers } from '../support/platform-users.ts';
import { PASSWORD, platformDatabase } from '../support/postgres-server.ts';
import { Machine, type Result } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('psql', ['postgresql-client']);

/** The commands of the guide that start with these words. */
function block(start: string): string {
  const found = blocksOfGuides().find(({ text }) => text.startsWith(start));
  if (found === undefined) throw new Error(`no block of the guides starts with ${start}`);
  return found.text;
}

it.skipIf(missing !== undefined)(
  'the guide makes a maintainer: by command, by script, with a token',
  async () => {
    const database = await platformDatabase();
    await addUsers(database, [{ id: 'a', email: 'ada@example.com' }]);
    const { hostname, port } = new URL(database.url);
    const machine = new Machine();
    onTestFinished(() => machine.dispose());
    const PATH = machine.withCodemie();
    // A cloud's program that prints a token.
    writeFileSync(join(machine.folder, 'bin', 'aws'), `#!/bin/sh\necho ${PASSWORD}\n`, { mode: 0o755 });
    const where = { PGHOST: hostname, PGPORT: port, PGUSER: 'postgres', PGDATABASE: database.name };
    const shell = (script: string, env: Record<string, string>): Promise<Result> =>
      new Promise((resolve) => {
        const all = { ...machine.env, ...env, PATH };
        execFile('sh', ['-e', '-c', script], { cwd: machine.work, env: all }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
        );
      });

    const made = await shell(block('codemie platform maintainer grant ada@example.com\n'), {
      DATABASE_URL: database.url,
    });
    expect([made.code, made.stdout]).toEqual([
      0,
      expect.stringContaining('ada@example.com is a maintainer now.'),
    ]);

    await database.query('UPDATE users SET is_maintainer = false, is_admin = false, project_limit = 3');
    const scripted = await shell(block('codemie platform maintainer grant ada@example.com --sql'), {
      ...where,
      PGPASSWORD: PASSWORD,
    });
    expect([scripted.code, scripted.stderr]).toEqual([0, '']);
    expect(await database.query('SELECT is_maintainer, is_admin, project_limit FROM users')).toEqual([
      { is_maintainer: true, is_admin: true, project_limit: null },
    ]);

    const listed = await shell(block('codemie platform maintainer list --database-password-command'), where);
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining('ada@example.com')]);

    const address = block("export DATABASE_URL='postgresql://operator@db.example.com");
    const own = address.replace(/'postgresql:[^']*'/, `'${database.url}'`);
    expect((await shell(own, {})).stdout).toContain('ada@example.com');
  },
);
