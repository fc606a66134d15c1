import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, type RunOptions } from '../support/program.ts';

/** Records which of the program's files were loaded, by name without the content hash. */
const RECORD = `
process.on('exit', () => {
  const { basename } = require('node:path');
  const chunks = Object.keys(require.cache).filter((path) => /[\\\\/]chunks[\\\\/]/.test(path));
  require('node:fs').writeFileSync(process.env.READ_FILES, JSON.stringify(chunks.map((path) => basename(path).slice(0, -13)).sort()));
});
`;

/** A command starts only as fast as its files are read and compiled, so it must not load what it does not need. */
describe('a command loads only the files it needs', () => {
  const machine = new Machine();
  const record = join(machine.folder, 'record.cjs');
  const list = join(machine.folder, 'read.json');

  beforeAll(async () => {
    writeFileSync(record, RECORD);
    const { url } = await machine.sandbox('--auto-approve', 'ada');
    const { code } = await machine.run(['profile', 'login', '--url', url, '--store', 'plaintext-file']);
    expect(code).toBe(0);
  });
  afterAll(() => machine.dispose());

  const filesRead = async (args: readonly string[], options: RunOptions = {}): Promise<unknown> => {
    const env = { ...options.env, NODE_OPTIONS: `--require ${JSON.stringify(record)}`, READ_FILES: list };
    const { code, stderr } = await machine.run(args, { ...options, env });
    expect(code, stderr).toBe(0);
    return JSON.parse(readFileSync(list, 'utf8'));
  };

  const FIRST = ['core', 'rolldown-runtime'];

  it.each([['--version'], ['--help'], ['-h']])('%s loads nothing that commands need', async (flag) => {
    expect(await filesRead([flag])).toEqual(FIRST);
  });

  it('printing a token loads one more', async () => {
    expect(await filesRead(['token'])).toEqual([...FIRST, 'hot'].sort());
  });

  it('an offline status loads two more', async () => {
    expect(await filesRead(['profile', 'status', '--offline'])).toEqual([...FIRST, 'hot', 'status'].sort());
  });

  it('a launch loads three more, and nothing for special cases', async () => {
    const env = { PATH: machine.agent('') };
    const args = ['--model', 'claude-sonnet-4-6', '--task', 'hi'];
    expect(await filesRead(args, { bin: 'codemie-claude.js', env })).toEqual(
      [...FIRST, 'hot', 'launch', 'platform', 'gateway'].sort(),
    );
  });
});
