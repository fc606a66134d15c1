import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { inPrivateHome } from '../../../src/agents/home/private-home.ts';
import { copyTree } from '../../../src/system/copy-tree.ts';
import { type TestContext, temporaryFolder, testContext } from '../../support/context.ts';
import { privateHome } from '../../support/private-home.ts';

/** As on Windows for an ordinary account: no symbolic links but junctions, and hard links on one drive only. */
const machine = vi.hoisted(() => ({ isOrdinary: false, hasOneDrive: true }));

vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const refuse = (code: string): never => {
    throw Object.assign(new Error(`${code}: not permitted`), { code });
  };
  return {
    ...fs,
    symlinkSync: (target, path, type) =>
      machine.isOrdinary && type !== 'junction' ? refuse('EPERM') : fs.symlinkSync(target, path, type),
    linkSync: (target, path) => (machine.hasOneDrive ? fs.linkSync(target, path) : refuse('EXDEV')),
  };
});

let context: TestContext;
let own: string;
let told: string[];
beforeEach(() => {
  context = testContext({ override: { platform: 'win32' } });
  own = join(context.userHome, '.gemini');
  told = [];
  mkdirSync(join(own, 'history'), { recursive: true });
  for (const [name, text] of Object.entries({ 'state.json': '{"a":1}', 'GEMINI.md': 'mine' }))
    writeFileSync(join(own, name), text);
  Object.assign(machine, { isOrdinary: true, hasOneDrive: true });
});

/** A run in which the agent calls `write` on its home. */
const run = (write: (inside: string) => void): Promise<void> =>
  inPrivateHome(
    context,
    privateHome(own, ['history', 'state.json', 'GEMINI.md', 'new.json', '../.agents']),
    (message) => told.push(message),
    async (folder) => write(join(folder, '.gemini')),
  );
const read = (name: string): string => readFileSync(join(own, name), 'utf8');

describe.each([
  ['on one drive', true],
  ['with CODEMIE_HOME on another drive', false],
])('Gemini CLI starts for an ordinary Windows account, %s', (_, hasOneDrive) => {
  beforeEach(() => {
    machine.hasOneDrive = hasOneDrive;
  });

  it('finds its files, and what it writes in place, anew or as a replacement comes home', async () => {
    await run((inside) => {
      expect(lstatSync(join(inside, 'GEMINI.md')).isFile()).toBe(true);
      expect(readFileSync(join(inside, 'state.json'), 'utf8')).toBe('{"a":1}');
      writeFileSync(join(inside, 'history', 'one'), 'kept');
      writeFileSync(join(inside, 'GEMINI.md'), 'in place');
      writeFileSync(join(inside, 'new.json'), '{"new":true}');
      writeFileSync(join(inside, 'state.json.new'), '{"a":2}');
      renameSync(join(inside, 'state.json.new'), join(inside, 'state.json'));
    });
    expect([read('history/one'), read('GEMINI.md')]).toEqual(['kept', 'in place']);
    expect([read('new.json'), read('state.json')]).toEqual(['{"new":true}', '{"a":2}']);
    expect([told, readdirSync(own).sort()]).toEqual([[], ['GEMINI.md', 'history', 'new.json', 'state.json']]);
    expect(readdirSync(join(context.home, 'agent-homes'))).toEqual([]);
  });

  it('what it leaves alone stays as it is', async () => {
    const before = lstatSync(join(own, 'state.json'), { bigint: true });
    await run(() => undefined);
    const { ino, mtimeNs } = lstatSync(join(own, 'state.json'), { bigint: true });
    expect([ino, mtimeNs, told]).toEqual([before.ino, before.mtimeNs, []]);
  });
});

it('links in what an agent wrote are copied without the right to make them', () => {
  machine.isOrdinary = false;
  const [from, to] = [join(temporaryFolder(), 'from'), join(temporaryFolder(), 'to')];
  mkdirSync(from);
  writeFileSync(join(from, 'file'), 'text');
  for (const [name, target] of Object.entries({ short: 'file', folder: own, inner: '.' }))
    symlinkSync(target, join(from, name));
  machine.isOrdinary = true;
  const failed: string[] = [];
  copyTree(from, to, (path) => failed.push(path));
  expect(readFileSync(join(to, 'short'), 'utf8')).toBe('text');
  expect(readdirSync(join(to, 'folder'))).toContain('state.json');
  expect(failed).toEqual([join(from, 'inner')]);
});
