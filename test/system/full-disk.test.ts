import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/context.ts';
import { root } from '../support/program.ts';

/** A program that writes a megabyte of settings to the given file, and prints the resulting error. */
let source = '';
beforeAll(async () => {
  const entry = '\0entry';
  const built = await rolldown({
    input: entry,
    platform: 'node',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) =>
          id === entry
            ? `import { writeFileAtomic } from ${JSON.stringify(join(root, 'src', 'system', 'files.ts'))};
              try { writeFileAtomic(process.argv[2], 'n'.repeat(1_048_576)); } catch (error) { console.log(error.code); }`
            : undefined,
      },
    ],
  });
  source = (await built.generate({ format: 'esm' })).output[0].code;
});

/**
 * Runs it in a shell command, where `$W` writes to `$F`. @returns its output: the error, then the contents of the
 * folder.
 */
function run(line: string): { readonly words: readonly string[]; readonly folder: string } {
  const [folder, program] = [temporaryFolder(), join(temporaryFolder(), 'write.mjs')];
  writeFileSync(program, source);
  const env = { PATH: process.env['PATH'], D: folder, NODE: process.execPath, W: program };
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', env });
  expect(stderr).toBe('');
  return { words: stdout.trim().split('\n'), folder };
}

const SCRIPT =
  'echo old > "$D/settings.json"; LIMIT; "$NODE" "$W" "$D/settings.json"; ls "$D"; cat "$D/settings.json"';
/** Mounting a file system needs root, as in CI and in a container. */
const mayMount = spawnSync('/usr/bin/unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

describe('settings on a nearly full disk', () => {
  it('stay whole, and the write fails, with a file size limit of 4 KiB', () => {
    const { words, folder } = run(SCRIPT.replace('LIMIT', 'trap "" XFSZ; ulimit -f 8'));
    expect(words).toEqual(['EFBIG', 'settings.json', 'old']);
    expect(readFileSync(join(folder, 'settings.json'), 'utf8')).toBe('old\n');
  });

  it.runIf(mayMount)('stay whole, and the write fails, on a file system of 64 KiB', () => {
    const inside = SCRIPT.replace('LIMIT', 'true').replaceAll("'", "'\\''");
    const { words } = run(`/usr/bin/unshare -m sh -c 'mount -t tmpfs -o size=64k tmpfs "$D" && ${inside}'`);
    expect(words).toEqual(['ENOSPC', 'settings.json', 'old']);
  });
});
