// Runs every check that does not run the program; prints nothing when all pass.
import { spawnSync } from 'node:child_process';

const steps = [
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['types', 'tsc', []],
  ['dependency direction', 'depcruise', ['--config', '.dependency-cruiser.mjs', 'src']],
  ['dead code', 'knip', []],
  ['generated reference', 'node', ['scripts/reference.mjs', '--check']],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const [program, rest] =
    command === 'node' ? [process.execPath, args] : ['npx', ['--no-install', command, ...args]];
  const result = spawnSync(program, rest, { encoding: 'utf8' });
  if (result.status === 0) continue;
  failed += 1;
  console.error(`check: ${name} failed (${command})\n${result.stdout}${result.stderr}`);
}
process.exitCode = failed === 0 ? 0 : 1;
