import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { beforeEach, expect, it, vi } from 'vitest';
import { repair } from '../../src/doctor/repair.ts';
import { testContext } from '../support/context.ts';

/** A Windows drive in WSL takes a mode and does nothing. */
const drive = vi.hoisted(() => ({ hasModes: true }));

vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  return { ...fs, chmodSync: (path, mode) => (drive.hasModes ? fs.chmodSync(path, mode) : undefined) };
});

beforeEach(() => {
  drive.hasModes = true;
});

it.each([true, false])('--fix says that a folder is private only when it is (modes: %j)', (hasModes) => {
  const context = testContext();
  mkdirSync(context.home);
  chmodSync(context.home, 0o755);
  drive.hasModes = hasModes;
  expect(repair(context)).toEqual(hasModes ? [`Made ${context.home} private to your user.`] : []);
  expect(statSync(context.home).mode & 0o777).toBe(hasModes ? 0o700 : 0o755);
});
