import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Machine } from '../support/program.ts';

const PROGRAM = new URL('../../bin/codemie.js', import.meta.url).pathname;

it.runIf(process.platform !== 'win32')(
  'with a 4,096-byte limit per file, the settings stay intact, with a clear error and exit 8',
  async () => {
    const machine = new Machine();
    try {
      const path = join(machine.home, 'codemie-cli.config.json');
      const profiles = Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [
          `p${i}`,
          { name: `p${i}`, credential: { store: 'keychain', id: `https://p${i}.example#ada` } },
        ]),
      );
      mkdirSync(machine.home, { mode: 0o700 });
      writeFileSync(path, JSON.stringify({ version: 2, activeProfile: 'p0', profiles }, undefined, 2));
      const before = readFileSync(path, 'utf8');
      const limited = spawn(
        'bash',
        ['-c', 'ulimit -f 4; exec "$0" "$@"', process.execPath, PROGRAM, 'profile', 'use', 'p3'],
        { cwd: machine.work, env: machine.env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const result = await machine.collect(limited);
      expect(result.code).toBe(8);
      expect(result.stderr).toContain(`Couldn't write ${path}: no space left. [DISK_FULL]`);
      expect(readFileSync(path, 'utf8')).toBe(before);
      expect(await machine.run(['profile', 'use', 'p3'])).toMatchObject({ code: 0 });
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ version: 2, activeProfile: 'p3', profiles });
    } finally {
      machine.dispose();
    }
  },
);
