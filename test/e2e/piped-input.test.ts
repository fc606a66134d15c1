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

/** Reads to the end before it begins, as Codex does (measured with 0.169.0), then works for three seconds. */
const READS_FIRST = `let text = ''; process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', () => { process.stdout.write('got:' + text); setTimeout(() => process.exit(3), 3000); });`;

function start(...flags: string[]) {
  const path = machine.agent(READS_FIRST, 'codex');
  const child = machine.start(['--model', 'gpt-5-2025-08-07', '--task', 'x', ...flags], {
    bin: 'codemie-codex.js',
    env: { ...env, PATH: path },
    input: { open: true },
  });
  return { child, done: machine.collect(child), began: performance.now() };
}
/** Resolves when a stream has shown this. */
const shown = (stream: NodeJS.ReadableStream | null, text: string): Promise<void> =>
  new Promise((resolve) => {
    let seen = '';
    stream?.on('data', (chunk) => {
      seen += chunk;
      if (seen.includes(text)) resolve();
    });
  });

it('what is piped in late reaches an agent that reads it first, whole, and the wait is told', async () => {
  const { child, done } = start();
  await shown(child.stderr, 'waiting 10 s');
  child.stdin?.write('late ');
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  child.stdin?.end('words');
  const { code, stdout, stderr } = await done;
  expect([code, stdout]).toEqual([3, 'got:late words']);
  expect(stderr).not.toContain('without it');
});

it.each([[], ['--silent']])(
  'a pipe that stays silent does not hold it up for ever; what is lost is told: %j',
  async (...flags) => {
    const { child, done, began } = start(...flags);
    await shown(child.stdout, 'got:');
    expect(performance.now() - began).toBeLessThan(20_000);
    child.stdin?.write('too late');
    const { code, stdout, stderr } = await done;
    expect([code, stdout]).toEqual([3, 'got:']);
    const told = [/waiting 10 s/, /nothing was piped in for 10 s/, /came too late/].map((line) =>
      line.test(stderr),
    );
    expect(told).toEqual(flags.length === 0 ? [true, true, true] : [false, false, true]);
  },
);

it('an agent that ends without reading is not waited for', async () => {
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
