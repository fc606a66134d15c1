import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codemie } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';

it.each([['realm init here'], ['realm export --out here/realm.json']])(
  '%s, in a folder that was removed, says so and does not create it again',
  async (line) => {
    const cwd = join(temporaryFolder(), 'removed');
    const run = codemie(testContext({ override: { cwd } }), ...line.split(' '));
    await expect(run).rejects.toMatchObject({ code: 'FOLDER_GONE' });
    expect(existsSync(cwd)).toBe(false);
  },
);

it('an absolute path works there, too', async () => {
  const folder = join(temporaryFolder(), 'realms');
  const context = testContext({ override: { cwd: join(temporaryFolder(), 'removed') } });
  expect(await codemie(context, 'realm', 'init', folder)).toBe(0);
});
