import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS, type RealAgent } from '../support/agents.ts';
import { descendants, isAlive } from '../support/processes.ts';
import { addFault, eventsOf, type Machine, root } from '../support/program.ts';
import { RealTerminal } from '../support/tmux.ts';
import { missingTool } from '../support/tools.ts';

const noTmux = missingTool('tmux', ['tmux']);

/** What an agent shows in an empty home: its own questions, once each, and then its prompt. */
const SCREENS: Readonly<
  Record<RealAgent['name'], { questions: { text: string; keys: string[] }[]; ready: string; quit: string }>
> = {
  claude: {
    questions: [
      { text: 'Choose the text style', keys: ['Enter'] },
      { text: 'Press Enter to continue', keys: ['Enter'] },
      { text: 'Yes, I trust this folder', keys: ['Down', 'Enter'] },
    ],
    ready: 'shift+tab to cycle',
    quit: '/exit',
  },
  opencode: { questions: [], ready: 'Ask anything', quit: '/exit' },
  codex: { questions: [], ready: 'Ask Codex', quit: '/quit' },
  gemini: {
    questions: [{ text: 'Do you trust the files in this folder?', keys: ['Enter'] }],
    ready: 'Type your message',
    quit: '/quit',
  },
};
const LOGIN = /log ?in|sign ?in|API key/i;

/** Agents wrap and frame our messages in their own ways. */
const ENDED = /codemie[\s┃│]+profile[\s┃│]+login/;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));

describe.concurrent.each(REAL_AGENTS)('codemie-$name in a real terminal', ({ name, bin, missing }) => {
  const { questions, ready, quit } = SCREENS[name];
  let machine: Machine;
  let terminal: RealTerminal;
  beforeEach(() => {
    machine = machineWithAgents({ TERM: 'xterm-256color', COLORTERM: 'truecolor' });
    mkdirSync(join(machine.work, '.git'));
  });
  afterEach(async () => {
    terminal.close();
    await machine.dispose();
  });

  const launch = (words = ''): void => {
    terminal = new RealTerminal(machine);
    terminal.type(`node ${join(root, 'bin', bin)} ${words}; echo "ended with $?"`);
  };
  /** Types as slowly as a user, because fast input counts as pasted. */
  const submit = async (text: string): Promise<void> => {
    await pause();
    terminal.write(text);
    await pause();
    terminal.press('Enter');
  };

  it.skipIf(missing !== undefined || noTmux !== undefined)(
    'asks for no login, answers, reports an ended sign-in, continues after a new one, and exits as it does alone',
    async ({ expect }) => {
      const sandbox = await machine.sandbox('--auto-approve', 'ada');
      await machine.signIn(sandbox.url);
      launch();
      for (const { text, keys } of questions) {
        expect(await terminal.shows(text, 60)).not.toMatch(LOGIN);
        for (const key of keys) {
          await pause();
          terminal.press(key);
        }
      }
      expect(await terminal.shows(ready, 60)).not.toMatch(LOGIN);
      const asked = async (): Promise<string> => {
        await submit('say something nice');
        return terminal.shows('Sandbox answer: say something nice', 30);
      };
      // An answer may make the agent restart, and input typed before that is lost, as a user would see.
      await (questions.length === 0 ? asked() : asked().catch(asked));
      expect(
        (await eventsOf(sandbox.controlUrl)).some(({ kind, status }) => kind === 'model' && status === 200),
      ).toBe(true);

      // The sign-in ends during the conversation: the user sees it there, signs in elsewhere and continues.
      const { controlUrl, url } = sandbox;
      const sent = join(machine.folder, 'sent');
      terminal.record(sent);
      await addFault(controlUrl, { fault: 'revoke-session' });
      await addFault(controlUrl, { fault: 'expire-access' });
      const seen = (await eventsOf(controlUrl)).at(-1)?.seq ?? 0;
      await submit('say that again');
      expect(await terminal.shows(ENDED)).not.toMatch(/run \/login/i);
      const told = Date.now();
      const refused = (await eventsOf(controlUrl)).find(({ seq }) => seq > seen);
      expect(told - Date.parse(refused?.at ?? '')).toBeLessThan(5000);
      expect((await machine.signIn(url)).code).toBe(0);
      await submit('say it once more');
      await terminal.shows('Sandbox answer: say it once more');
      // The sign-in is good again, and so is the title.
      await expect.poll(() => machine.files().get(sent) ?? '').toContain('\u001b[23;0t');
      // We reported it once, in the title, which some agents overwrite at once; the screen stayed the agent's.
      const titles = (machine.files().get(sent) ?? '').matchAll(/\]0;codemie: [^\u0007]+\u0007/g);
      expect([...titles]).toHaveLength(1);
      expect(terminal.screen).not.toMatch(/\]9;|777;|\[22;0t/);

      await submit(quit);
      await terminal.shows('ended with 0');
      terminal.type('echo back $((40 + 2))');
      await terminal.shows('back 42');
      expect(terminal.title).not.toContain('codemie:');
      terminal.close();

      // Answers are remembered, although the settings are those of one run. The first words are the prompt.
      launch(`'say it at once'`);
      const again = await terminal.shows('Sandbox answer: say it at once', 60);
      for (const { text } of questions) expect(again).not.toContain(text);
      const family = descendants(terminal.pid);
      process.kill(family[0] ?? 0, 'SIGKILL');
      await expect.poll(() => family.filter(isAlive), { timeout: 8000 }).toEqual([]);
      // An agent that is killed may leave the terminal in a mode where Enter does not end a line, and with an unread
      // answer of the terminal to one of its queries.
      terminal.press('C-j');
      await pause();
      terminal.write('stty sane; echo back $((41 + 2))');
      terminal.press('C-j');
      await terminal.shows('back 43');
    },
  );
});
