import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOnPath, windowsProgram } from '../../../src/system/process/find-program.ts';
import { openersFor } from '../../../src/system/process/open-browser.ts';
import { childOf, temporaryFolder } from '../../support/context.ts';
import { root } from '../../support/program.ts';

describe('programs are searched for on PATH', () => {
  const windows = (path: string, ...files: readonly string[]): string | undefined =>
    findOnPath('claude', { env: { Path: path }, platform: 'win32' }, ['C:\\ours'], (file) =>
      files.includes(file),
    );

  it.each([
    ['', 'C:\\repo'],
    ['.', '.\\'],
    ['..', '..\\'],
    ['node_modules\\.bin', 'node_modules\\.bin\\'],
    ['C:', 'C:'],
    ['C:bin', 'C:bin\\'],
    ['\\bin', '\\bin\\'],
    ['"."', '.\\'],
  ])('on Windows, but not in the entry %j, which depends on the working folder', (entry, folder) => {
    const planted = ['claude.exe', 'claude.cmd', `${folder}claude.exe`, `${folder}claude.cmd`];
    expect(windows(entry, ...planted)).toBeUndefined();
    expect(windows(`${entry};C:\\bin`, ...planted, 'C:\\bin\\claude.cmd')).toBe('C:\\bin\\claude.cmd');
  });

  it('on Windows: .exe first, quoted entries, network folders, and our folders last', () => {
    expect(windows('C:\\a;C:\\b', 'C:\\a\\claude.cmd', 'C:\\a\\claude.exe')).toBe('C:\\a\\claude.exe');
    expect(windows('"C:\\a b"', 'C:\\a b\\claude.cmd')).toBe('C:\\a b\\claude.cmd');
    expect(windows('\\\\server\\share', '\\\\server\\share\\claude.exe')).toBe(
      '\\\\server\\share\\claude.exe',
    );
    expect(windows('C:\\a', 'C:\\ours\\claude.cmd')).toBe('C:\\ours\\claude.cmd');
  });

  it('elsewhere: only full paths and executable files', () => {
    const folder = temporaryFolder();
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    for (const path of [first, second]) mkdirSync(path);
    mkdirSync(join(first, 'claude'));
    for (const path of [join(second, 'claude'), join(first, 'plain')]) writeFileSync(path, '');
    chmodSync(join(second, 'claude'), 0o755);
    const look = (name: string, path: string) => findOnPath(name, { env: { PATH: path }, platform: 'linux' });
    expect(look('claude', `${first}:${second}`)).toBe(join(second, 'claude'));
    expect(look('plain', first)).toBeUndefined();
    expect(look('claude', '')).toBeUndefined();
    // Tests run in the folder of the repository.
    expect(look('codemie.js', `:.:bin`)).toBeUndefined();
  });
});

describe('Windows programs are started by their full path', () => {
  it('so a rundll32.exe in a cloned repository is never started', () => {
    const address = 'https://h.example/?a=1&b=2';
    const open = (env: Record<string, string>) => openersFor(address, childOf(env), 'win32')[0]?.[0];
    expect(open({ SystemRoot: 'D:\\Windows' })).toBe('D:\\Windows\\System32\\rundll32.exe');
    expect(open({ SYSTEMROOT: 'D:\\Windows' })).toBe('D:\\Windows\\System32\\rundll32.exe');
    expect(open({})).toBe('C:\\Windows\\System32\\rundll32.exe');
    expect(openersFor(address, childOf({}), 'win32')[0]?.at(-1)).toBe(address);
  });

  it.each(['', '.', 'Windows', '\\Windows'])('whatever SystemRoot is (%j)', (SystemRoot) => {
    expect(windowsProgram('taskkill', { SystemRoot })).toBe('C:\\Windows\\System32\\taskkill.exe');
  });
});

it('no program is started through a shell', () => {
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const source = readFileSync(join(root, 'src', file), 'utf8');
    expect(source, file).not.toMatch(
      /\bshell\s*:|[{,]\s*shell\s*[,}]|windowsVerbatimArguments|(?<![.\w])exec(Sync)?\(/,
    );
    // A quoted bare name would be searched for in the working folder first.
    for (const [, first = ''] of source.matchAll(/(?<![.\w])(?:spawn|execFile|fork)(?:Sync)?\(\s*([^,]+),/g))
      expect(first, file).toMatch(/^(\w|\.)+$|^'\//);
  }
});
