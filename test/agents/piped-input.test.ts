import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { launchAgent } from '../../src/agents/launch.ts';
import { childOf, type TestContext, temporaryFolder, testContext } from '../support/context.ts';

/** Longer than the second of silence after which the wait is told. */
const PATIENCE_MS = 1500;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  return () => vi.unstubAllEnvs();
});

/** An agent that reads its input to the end before it begins, as Codex does (measured with 0.169.0). It works until `done` is there. */
const READS_FIRST = `const fs = require('node:fs'); let text = '';
process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', () => {
  fs.writeFileSync('got.part', text); fs.renameSync('got.part', 'got');
  setInterval(() => { if (fs.existsSync('done')) process.exit(3); }, 20);
});`;

interface Run {
  readonly context: TestContext;
  readonly ended: Promise<number>;
  /** Waits for what the agent began with. */
  got(): Promise<string>;
  /** Lets the agent end. */
  finish(): Promise<number>;
}

function launch({ silent = false, seen = false, inputMs = PATIENCE_MS } = {}): Run {
  const program = join(folder, 'agent');
  writeFileSync(program, `#!${process.execPath}\n${READS_FIRST}`);
  chmodSync(program, 0o755);
  const context = testContext({ limits: { inputMs }, override: { cwd: folder }, tty: seen });
  Object.assign(context.terminal.stdin, { isTTY: false });
  const ended = launchAgent(context, {
    program,
    launch: { argv: [], env: {}, input: 'brief', unattended: true },
    env: childOf({ PATH: process.env['PATH'] }),
    noInput: false,
    timeoutMs: undefined,
    silent,
  });
  ended.catch(() => undefined);
  const got = join(folder, 'got');
  return {
    context,
    ended,
    got: async () => {
      await vi.waitUntil(() => existsSync(got), { timeout: 10_000, interval: 20 });
      return readFileSync(got, 'utf8');
    },
    finish: () => {
      writeFileSync(join(folder, 'done'), '');
      return ended;
    },
  };
}

it('what is piped in late reaches an agent that reads it first, whole, and the wait is told', async () => {
  const { context, got, finish } = launch();
  await expect.poll(() => context.out.stderr, { timeout: 5000 }).toContain('waiting 1.5 s');
  context.type('late ');
  // Whoever has begun to write may take as long as they like.
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  context.type('words');
  context.endInput();
  expect([await got(), await finish()]).toEqual(['late words', 3]);
  expect(context.out.stderr).not.toContain('without it');
});

it.each([false, true])(
  'a pipe that stays silent does not hold it up for ever; what is lost is told (--silent: %s)',
  async (silent) => {
    const { context, got, finish } = launch({ silent });
    const began = performance.now();
    expect(await got()).toBe('');
    expect(performance.now() - began).toBeGreaterThan(PATIENCE_MS - 100);
    context.type('too late');
    await expect.poll(() => context.out.stderr).toContain('came too late');
    expect(await finish()).toBe(3);
    const told = [/waiting 1\.5 s/, /nothing was piped in for 1\.5 s/].map((line) =>
      line.test(context.out.stderr),
    );
    expect(told).toEqual(silent ? [false, false] : [true, true]);
  },
);

it('where a person sees the wait, piped input may take its time', async () => {
  const { context, got, finish } = launch({ seen: true, inputMs: 200 });
  // Told after a second, long after the patience nobody would have seen.
  await expect.poll(() => context.out.stderr, { timeout: 5000 }).toContain('waiting for the piped input');
  context.type('words');
  context.endInput();
  expect([await got(), await finish()]).toEqual(['words', 3]);
  expect(context.out.stderr).not.toContain('without it');
});

it('outside a test it is waited for ten seconds', () => {
  expect(testContext().limits.inputMs).toBe(10_000);
});
