import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { launchAgent } from '../../src/agents/launch.ts';
import { childOf, type TestContext, temporaryFolder, testContext } from '../support/context.ts';

/** Longer than the second of silence before the wait is announced. */
const INPUT_WAIT_MS = 1500;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  return () => vi.unstubAllEnvs();
});

/**
 * An agent that reads its input to the end before it starts, as Codex does (measured with 0.169.0). It runs until the
 * file `done` exists.
 */
const READS_FIRST = `const fs = require('node:fs'); let text = '';
process.stdin.on('data', (chunk) => { text += chunk; });
process.stdin.on('end', () => {
  fs.writeFileSync('got.part', text); fs.renameSync('got.part', 'got');
  setInterval(() => { if (fs.existsSync('done')) process.exit(3); }, 20);
});`;

interface Run {
  readonly context: TestContext;
  readonly ended: Promise<number>;
  /** Waits for the input the agent started with. */
  got(): Promise<string>;
  /** Lets the agent finish. */
  finish(): Promise<number>;
}

function launch({ silent = false, seen = false, inputMs = INPUT_WAIT_MS } = {}): Run {
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

it('late piped input reaches an agent that reads it first, in full, and the wait is announced', async () => {
  const { context, got, finish } = launch();
  await expect.poll(() => context.out.stderr, { timeout: 5000 }).toContain('waiting 1.5 s');
  context.type('late ');
  // Once the writer has started, it may take as long as it likes.
  await new Promise((resolve) => setTimeout(resolve, INPUT_WAIT_MS));
  context.type('words');
  context.endInput();
  expect([await got(), await finish()]).toEqual(['late words', 3]);
  expect(context.out.stderr).not.toContain('without it');
});

it.each([false, true])(
  'a silent pipe does not block the agent forever; lost input is reported (--silent: %s)',
  async (silent) => {
    const { context, got, finish } = launch({ silent });
    const began = performance.now();
    expect(await got()).toBe('');
    expect(performance.now() - began).toBeGreaterThan(INPUT_WAIT_MS - 100);
    context.type('too late');
    await expect.poll(() => context.out.stderr).toContain('arrived too late');
    expect(await finish()).toBe(3);
    const told = [/waiting 1\.5 s/, /no piped input after 1\.5 s/].map((line) =>
      line.test(context.out.stderr),
    );
    expect(told).toEqual(silent ? [false, false] : [true, true]);
  },
);

it('piped input may take its time when a user sees the wait', async () => {
  const { context, got, finish } = launch({ seen: true, inputMs: 200 });
  // Comes after a second, long after the 200 ms limit of an unseen wait.
  await expect.poll(() => context.out.stderr, { timeout: 5000 }).toContain('waiting for piped input');
  context.type('words');
  context.endInput();
  expect([await got(), await finish()]).toEqual(['words', 3]);
  expect(context.out.stderr).not.toContain('without it');
});

it('the default wait is ten seconds', () => {
  expect(testContext().limits.inputMs).toBe(10_000);
});
