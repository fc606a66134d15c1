import { afterEach, beforeEach, expect, it } from 'vitest';
import { Machine } from '../support/program.ts';

let machine: Machine;
let env: Record<string, string>;
beforeEach(async () => {
  machine = new Machine();
  const { url } = await machine.sandbox('--auto-approve', 'ada');
  const token = (await machine.run(['sandbox', 'token', '--user', 'ada', '--ttl', '8h'])).stdout.trim();
  env = { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: url };
});
afterEach(() => machine.dispose());

it('the launcher does not wait for an agent that exits without reading', async () => {
  const path = machine.agent('process.exit(5)', 'codex');
  const child = machine.start(['--model', 'gpt-5-2025-08-07', '--task', 'x'], {
    bin: 'codemie-codex.js',
    env: { ...env, PATH: path },
    input: { open: true },
  });
  const { code, stderr } = await machine.collect(child);
  expect(code).toBe(5);
  expect(stderr).not.toContain('piped');
});
