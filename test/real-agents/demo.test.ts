import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../support/program.ts';

const run = promisify(execFile);

it.each([
  ['open', []],
  ['guarded', ['--front', 'guarded']],
])('the demo succeeds on a platform whose API is %s', async (_front, flags) => {
  const { stdout } = await run(process.execPath, [join(root, 'scripts', 'demo.mjs'), ...flags]);
  expect(stdout).toMatch(/^All steps succeeded in \d+ s\.$/m);
  expect(stdout).toContain('The first line is: The credential never left the gateway.');
  expect(stdout).not.toContain('Warning');
});
