import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS } from '../support/agents.ts';
import { eventsOf, type Machine, root } from '../support/program.ts';
import { RealTerminal } from '../support/tmux.ts';
import { missingTool } from '../support/tools.ts';

const missing = REAL_AGENTS.find(({ name }) => name === 'claude')?.missing ?? missingTool('tmux', ['tmux']);

let machine: Machine;
let terminal: RealTerminal;
let controlUrl: string;
beforeEach(async () => {
  machine = machineWithAgents({ TERM: 'xterm-256color', COLORTERM: 'truecolor' });
  mkdirSync(join(machine.work, '.git'));
  const sandbox = await machine.sandbox('--auto-approve', 'ada');
  ({ controlUrl } = sandbox);
  await machine.signIn(sandbox.url);
});
afterEach(async () => {
  terminal.close();
  await machine.dispose();
});

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));
/** Types as slowly as a user, because fast input counts as pasted. */
async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await pause();
    terminal.press(key);
  }
}
async function submit(text: string): Promise<void> {
  await pause();
  terminal.write(text);
  await press('Enter');
}

const COMMAND = `node ${join(root, 'bin', 'codemie-claude.js')}; echo "ended with $?"`;

/** Starts an interactive Claude Code and answers its first questions. */
async function conversation(): Promise<void> {
  terminal = new RealTerminal(machine);
  terminal.type(COMMAND);
  await terminal.shows('Choose the text style', 60);
  await press('Enter');
  await terminal.shows('Press Enter to continue', 60);
  await press('Enter');
  await terminal.shows('Yes, I trust this folder', 60);
  await press('Down', 'Enter');
  await terminal.shows('shift+tab to cycle', 60);
}

/** Quits, and waits for the exit, because Claude Code writes to its home until then. */
async function quit(): Promise<void> {
  await submit('/exit');
  await terminal.shows('ended with 0');
}

describe.skipIf(missing !== undefined)('interactive Claude Code', () => {
  it('keeps working after ← in an empty prompt and Esc', async () => {
    await conversation();
    await submit('say the first words');
    await terminal.shows('Sandbox answer: say the first words', 60);
    expect(terminal.screen).not.toContain('for agents');
    await press('Left', 'Escape');
    await submit('say the second words');
    const screen = await terminal.shows('Sandbox answer: say the second words', 60);
    expect(screen).not.toMatch(/not logged in|\/login/i);
    await quit();
    // What Claude Code prints resumes without codemie.
    const [, id] =
      /^codemie: to continue with CodeMie: codemie-claude --resume ([\w-]{36})$/m.exec(terminal.screen) ?? [];
    expect(terminal.screen).toContain(`claude --resume ${id}`);
    terminal.type(`${COMMAND.replace(';', ` --resume ${id} -p 'say it again';`)}`);
    await terminal.shows('Sandbox answer: say it again', 60);
    const other = await machine.run(['--resume', 'auth bug', '-p', 'go on'], { bin: 'codemie-claude.js' });
    expect([other.code, other.stderr + other.stdout]).toEqual([1, expect.stringMatching(/auth bug/)]);
  });

  it('with a saved model, /model lists a model of each tier; the chosen one answers and is kept', async () => {
    const path = join(machine.home, 'codemie-cli.config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    const profiles = Object.values<{ model?: string }>(config.profiles);
    for (const profile of profiles) profile.model = 'claude-sonnet-4-6';
    writeFileSync(path, JSON.stringify(config));
    await conversation();
    await submit('/model');
    const list = await terminal.shows('Select model');
    expect(list).toMatch(/currently Sonnet 4\.6/);
    for (const tier of ['Opus', 'Sonnet', 'Haiku'])
      expect(list.match(`Custom ${tier} model`)).toHaveLength(1);
    // The platform has no such model.
    expect(list).not.toContain('Fable');
    // The list has more than nine rows, so a digit alone chooses none.
    expect(list).toMatch(/❯ \d\. +Sonnet 4\.6.*\n +\d\. +Haiku 4\.5/);
    await press('Down', 'Enter');
    await terminal.shows('Set model to');
    await submit('say it small');
    await terminal.shows('Sandbox answer: say it small', 60);
    const calls = (await eventsOf(controlUrl)).filter(({ kind }) => kind === 'model');
    expect(calls.filter(({ status }) => status !== 200)).toEqual([]);
    await quit();
    terminal.type(`clear; ${COMMAND}`);
    expect(await terminal.shows('API Usage Billing', 60)).toMatch(/haiku/i);
    await quit();
  });
});
