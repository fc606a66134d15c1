import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installFromNpm } from '../scripts/npm-cache.mjs';

describe('programs that tests install from npm', () => {
  let folder = '';
  let cache = '';

  /** Puts a program named npm first on PATH. It records its arguments. */
  const npm = (script: string): void => {
    const path = join(folder, 'npm');
    writeFileSync(path, `#!/bin/sh\necho "$*" >>"${folder}/calls"\n${script}\n`);
    chmodSync(path, 0o755);
  };
  const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  const install = (runsScripts = false) =>
    installFromNpm({ name: 'tool-1', packages: ['tool@1', 'other@2'], cache, runsScripts });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'codemie-npm-'));
    cache = join(folder, 'cache');
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are installed once, without install scripts', () => {
    npm('mkdir node_modules');
    expect(install()).toEqual({ folder: join(cache, 'tool-1') });
    expect(install()).toEqual({ folder: join(cache, 'tool-1') });
    expect(existsSync(join(cache, 'tool-1', 'node_modules'))).toBe(true);
    expect(calls()).toEqual([expect.stringMatching(/^install .*--ignore-scripts.* tool@1 other@2$/)]);
  });

  it('run install scripts only where they need them', () => {
    npm('');
    install(true);
    expect(calls()[0]).not.toContain('--ignore-scripts');
  });

  it('that npm cannot install are reported with its last line, and leave nothing behind', () => {
    npm('echo first >&2; echo "npm error 404 Not Found" >&2; exit 1');
    expect(install()).toEqual({ reason: 'npm could not install it: npm error 404 Not Found' });
    expect(readdirSync(cache)).toEqual([]);
  });
});
