import { expect, it, vi } from 'vitest';
import { claude } from '../../src/agents/adapters/claude.ts';
import { findProgram, requireProgram } from '../../src/agents/find.ts';

const WINDOWS = '/mnt/c/Users/me/AppData/Roaming/npm/claude';
const LINUX = '/home/me/.local/bin/claude';
const disk = vi.hoisted(() => ({ programs: [] as string[] }));

vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const find = (path: unknown): void => {
    if (!disk.programs.includes(String(path))) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  };
  return {
    ...fs,
    accessSync: find,
    statSync: ((path: unknown) => {
      find(path);
      return { isFile: () => true };
    }) as unknown as typeof fs.statSync,
  };
});

const machine = (wsl: string | undefined) => ({
  env: { PATH: '/mnt/c/Users/me/AppData/Roaming/npm:/home/me/.local/bin', WSL_DISTRO_NAME: wsl },
  platform: 'linux' as const,
  home: '/home/me/.codemie',
});

it('in WSL the agent for Windows is passed over, and the one for Linux is used', () => {
  disk.programs = [WINDOWS, LINUX];
  expect(findProgram(machine('Ubuntu'), claude)).toBe(LINUX);
  expect(findProgram(machine(undefined), claude)).toBe(WINDOWS);
});

it('in WSL with the agent for Windows only, AGENT_MISSING says so', () => {
  disk.programs = [WINDOWS];
  expect(() => requireProgram(machine('Ubuntu'), claude)).toThrow(
    expect.objectContaining({
      code: 'AGENT_MISSING',
      message: `Claude Code is not installed (${WINDOWS} is for Windows and can't be used in WSL).`,
      fix: 'codemie install claude',
    }),
  );
});
