import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { addFault, eventsOf, Machine } from '../support/program.ts';
import { RealTerminal } from '../support/tmux.ts';
import { missingTool, skipped } from '../support/tools.ts';

const noTmux = missingTool('tmux', ['tmux']);

/** Each agent as a person starts it: what it shows when it is ready, and what must be answered before. */
const AGENTS = [
  { name: 'codex', install: installAgent('codex'), questions: [], ready: 'Ask Codex', end: ['C-c', 'C-c'] },
  { name: 'opencode', install: installAgent('opencode'), questions: [], ready: 'Ask anything', end: ['C-c'] },
  {
    name: 'gemini',
    install: installAgent('gemini'),
    questions: ['Do you trust the files in this folder?'],
    ready: 'Type your message',
    end: ['C-c', 'C-c'],
  },
] as const;

describe.each(AGENTS)('codemie-$name in a real terminal', ({ name, install, questions, ready, end }) => {
  const missing = noTmux ?? ('reason' in install ? skipped(`${name}: ${install.reason}`) : undefined);
  let machine: Machine;
  let terminal: RealTerminal;
  beforeEach(() => {
    machine = new Machine({
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      npm_config_offline: 'true',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    });
    if ('folder' in install) machine.env['PATH'] = `${install.folder}${delimiter}${process.env['PATH']}`;
    mkdirSync(join(machine.work, '.git'));
  });
  afterEach(async () => {
    terminal.close();
    await machine.dispose();
  });

  it.skipIf(missing !== undefined)('starts, answers, and gives the terminal back', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    terminal = new RealTerminal(machine);
    const launch = (): void =>
      terminal.type(`node ${join(import.meta.dirname, '..', '..', 'bin', `codemie-${name}.js`)}`);
    launch();
    for (const question of questions) {
      await terminal.shows(question, 60);
      terminal.press('Enter');
    }
    await terminal.shows(ready, 60);
    const asked = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      terminal.write('say something nice');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      terminal.press('Enter');
      return terminal.shows('Sandbox answer: say something nice', 30);
    };
    // An answer may make the agent start once more, and what is typed before that is lost, as a person would see.
    await (questions.length === 0 ? asked() : asked().catch(asked));
    expect(
      (await eventsOf(sandbox.controlUrl)).some(({ kind, status }) => kind === 'model' && status === 200),
    ).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const key of end) {
      terminal.press(key);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    terminal.type('echo back $((40 + 2))');
    await terminal.shows('back 42', 30);
    if (questions.length === 0) return;
    // What was answered once is remembered, though the settings are those of one run.
    launch();
    await terminal.shows(ready, 60);
    expect(terminal.screen.split('back 42').at(-1)).not.toContain(questions[0]);
  });

  it.skipIf(missing !== undefined)(
    'a sign-in that ends is told once, in the title, the screen stays the agent’s, and the session goes on after a new one',
    async () => {
      const { url, controlUrl } = await machine.sandbox('--auto-approve', 'ada');
      await machine.signIn(url);
      terminal = new RealTerminal(machine);
      terminal.type(`node ${join(import.meta.dirname, '..', '..', 'bin', `codemie-${name}.js`)}`);
      for (const question of questions) {
        await terminal.shows(question, 60);
        terminal.press('Enter');
      }
      await terminal.shows(ready, 60);
      // Once more for the trust that makes it start anew.
      if (questions.length > 0) await new Promise((resolve) => setTimeout(resolve, 6000));
      const ask = async (words: string): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        terminal.write(words);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        terminal.press('Enter');
      };
      const sent = join(machine.folder, 'sent');
      terminal.record(sent);
      await addFault(controlUrl, { fault: 'api-401' });
      await ask('first words');
      // Some agents write their own title over ours at once.
      const told = (): RegExpMatchArray[] => [
        ...(machine.files().get(sent) ?? '').matchAll(/\]0;codemie: The platform no longer[^\u0007]+\u0007/g),
      ];
      await vi.waitUntil(() => told().length > 0, { timeout: 60_000 });
      expect(terminal.screen).not.toMatch(/\]9;|777;|\[22;0t/);
      await fetch(`${controlUrl}/faults`, { method: 'DELETE' });
      expect((await machine.signIn(url)).code).toBe(0);
      await ask('second words');
      await terminal.shows('Sandbox answer: second words', 30);
      expect(told()).toHaveLength(1);
      for (const key of end) {
        terminal.press(key);
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
      terminal.type('echo back $((40 + 2))');
      await terminal.shows('back 42', 30);
      expect(terminal.title).not.toContain('codemie:');
    },
  );
});
