import { existsSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { SETTINGS_FILE } from '../../src/agents/adapters/adapter.ts';
import { launchAgent } from '../../src/agents/launch.ts';
import { createLog } from '../../src/system/log.ts';
import { childOf, temporaryFolder, testContext } from '../support/context.ts';

/** As on Windows, while a program that the agent left behind has a file in the folder open. */
vi.mock('../../src/system/files.ts', async (original) => ({
  ...(await original<typeof import('../../src/system/files.ts')>()),
  removeFolder: () => {
    throw Object.assign(new Error('EBUSY: resource busy or locked, rmdir'), { code: 'EBUSY' });
  },
}));

it.each([0, 7])('the exit code %i of the agent is kept, even if its folder is in use', async (code) => {
  const folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  const said: string[] = [];
  const base = testContext();
  const context = {
    ...base,
    cwd: folder,
    clock: { ...base.clock, sleep: async () => undefined },
    log: createLog(
      true,
      () => 0,
      (line) => said.push(line),
    ),
  };
  const ended = await launchAgent(context, {
    program: process.execPath,
    launch: { argv: ['-e', `process.exit(${code})`, SETTINGS_FILE], env: {}, settings: {}, unattended: true },
    env: childOf({}),
    noInput: true,
    timeoutMs: undefined,
    silent: false,
  });
  expect(ended).toBe(code);
  expect(said).toContainEqual(expect.stringContaining('left behind'));
  expect(base.out.stderr).toBe('');
  expect(existsSync(folder)).toBe(true);
  vi.unstubAllEnvs();
});
