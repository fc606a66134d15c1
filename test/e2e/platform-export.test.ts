import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Machine } from '../support/program.ts';
import { exportedUser, exportOf, HIDDEN } from '../support/realm-export.ts';

const USERS = 40_000;

/** Writes the export of a large realm, 60 MB. */
async function largeExport(path: string): Promise<void> {
  const [head = '', tail = ''] = JSON.stringify(exportOf([])).split('"users":[]');
  const file = createWriteStream(path);
  file.write(`${head}"users":[`);
  const filler = 'x'.repeat(800);
  for (let at = 0; at < USERS; at += 1) {
    const more = at === 0 ? { realmRoles: ['admin'] } : { attributes: { applications: ['team'], filler } };
    const text = `${at === 0 ? '' : ','}${JSON.stringify(exportedUser(`user${at}`, more))}`;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end(`]${tail}`);
  await once(file, 'finish');
}

it('reads a large export in little memory, and lets no hash and no secret of it out', async () => {
  const machine = new Machine({ NODE_OPTIONS: '--max-old-space-size=32', CODEMIE_DEBUG: 'true' });
  onTestFinished(() => machine.dispose());
  await largeExport(join(machine.work, 'realm.json'));
  const { code, stdout, stderr } = await machine.run([
    ...['platform', 'migrate', 'plan', '--source-only', '--from-file', 'realm.json', '--json'],
  ]);
  expect(code, stderr.slice(-2000)).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    counts: { users: USERS, memberships: USERS, admins: 1 },
    admins: [{ username: 'user0' }],
  });
  const written = [...machine.files()].filter(([path]) => !path.endsWith('realm.json'));
  for (const secret of HIDDEN)
    for (const trace of [stdout, stderr, ...written.map(([, text]) => text)])
      expect(trace).not.toContain(secret);
});
