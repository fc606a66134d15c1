// Runs every check that does not run the program; prints nothing when all pass.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';

const steps = [
  ['types', 'tsc', []],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['dependency direction', 'depcruise', ['--config', '.dependency-cruiser.mjs', 'src']],
  ['dead code', 'knip', []],
  ['generated reference', 'node', ['scripts/reference.mjs', '--check']],
];

/** Steps that no processor has started yet, the longest first. */
const waiting = [...steps];
let failed = 0;
async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const [name, command, args] = step;
    const [program, rest] =
      command === 'node' ? [process.execPath, args] : ['npx', ['--no-install', command, ...args]];
    await new Promise((resolve) => {
      execFile(program, rest, { maxBuffer: Infinity }, (error, stdout, stderr) => {
        if (error !== null) {
          failed += 1;
          console.error(`check: ${name} failed (${command})\n${stdout}${stderr}`);
        }
        resolve();
      });
    });
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.exitCode = failed === 0 ? 0 : 1;
