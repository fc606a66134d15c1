import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { cookieGateway } from '../support/cookie-gateway.ts';
import { Machine, root } from '../support/program.ts';
import { missingTool, skipped } from '../support/tools.ts';

const missing = missingTool('tmux', ['tmux']);
const claude = installAgent('claude');
const noClaude = 'reason' in claude ? skipped(`Claude Code: ${claude.reason}`) : undefined;

let machine: Machine;
let socket: string;
let count = 0;
beforeEach(() => {
  // One per test, because a server that is shutting down still holds its name.
  count += 1;
  socket = `codemie-test-${process.pid}-${count}`;
  machine = new Machine({ TERM: 'xterm-256color', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' });
  if ('folder' in claude) machine.env['PATH'] = `${claude.folder}${delimiter}${process.env['PATH']}`;
});
afterEach(async () => {
  tmux('kill-server');
  await machine.dispose();
});

function tmux(...args: string[]): string {
  const result = spawnSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {
    encoding: 'utf8',
    cwd: machine.work,
    env: { ...machine.env, TMUX: undefined } as NodeJS.ProcessEnv,
  });
  return result.stdout;
}

const screen = (): string => tmux('capture-pane', '-p', '-J', '-S', '-200', '-t', 'main');

async function shows(text: string | RegExp, seconds = 30): Promise<string> {
  for (let i = 0; i < seconds * 10; i += 1) {
    const now = screen();
    if (typeof text === 'string' ? now.includes(text) : text.test(now)) return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never showed ${text}; the screen was:\n${screen()}`);
}

function type(text: string): void {
  if (text !== '') tmux('send-keys', '-t', 'main', '-l', text);
  tmux('send-keys', '-t', 'main', 'Enter');
}

const codemie = (line: string): string => `node ${join(root, 'bin', 'codemie.js')} ${line}`;

describe.skipIf(missing !== undefined)('setup in a real terminal', () => {
  it('leads from an empty home to an agent’s first answer, and doctor finds no problems', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    tmux('new-session', '-d', '-s', 'main', '-x', '110', '-y', '50', 'sh');
    type(codemie('setup --store encrypted-file'));
    await shows('CodeMie URL');
    type('http://not-encrypted.example');
    await shows("isn't secure");
    tmux('send-keys', '-t', 'main', 'C-u');
    for (let i = 0; i < 40; i += 1) tmux('send-keys', '-t', 'main', 'BSpace');
    type(sandbox.url);
    await shows('How do you want to sign in?');
    type('');
    await shows('Project:');
    // The shared projects come before the personal one.
    tmux('send-keys', '-t', 'main', 'Down');
    type('');
    await shows('Model:');
    type('');
    const saved = await shows('Next: codemie-claude');
    expect(saved).toContain('Signed in as ada@sandbox.example');
    const { profiles } = JSON.parse(
      [...machine.files()].find(([path]) => path.endsWith('codemie-cli.config.json'))?.[1] ?? '{}',
    );
    expect(profiles.default).toMatchObject({ codeMieProject: 'difference-engine' });

    const doctor = await machine.run(['doctor', '--json']);
    expect(JSON.parse(doctor.stdout)).toMatchObject({ cause: null, ok: true });
    if (noClaude !== undefined) return;
    type(`clear; node ${join(root, 'bin', 'codemie-claude.js')} --task "say hello"; echo "ended with $?"`);
    const answered = await shows('ended with 0');
    expect(answered).toContain('Sandbox answer: say hello');
  });

  it('Ctrl-C at a question exits with 130, and writes nothing', async () => {
    tmux('new-session', '-d', '-s', 'main', '-x', '110', '-y', '50', 'sh');
    type(`${codemie('setup')}; echo "ended with $?"`);
    await shows('CodeMie URL');
    tmux('send-keys', '-t', 'main', 'C-c');
    await shows('ended with 130');
    expect(
      [...machine.files().keys()].filter(
        (path) => path.includes('config.json') || path.includes('credentials'),
      ),
    ).toEqual([]);
  });

  it.each([
    ['y', 1],
    ['n', 0],
  ] as const)('another address of the API that the platform names is asked about: %s', async (answer, at) => {
    const platforms = [await cookieGateway(), await cookieGateway()] as const;
    const [named, elsewhere] = platforms;
    named.apiUrl = `${elsewhere.url}/api`;
    tmux('new-session', '-d', '-s', 'main', '-x', '110', '-y', '50', 'sh');
    type(`${codemie(`setup --store encrypted-file --url ${named.url}`)}; echo "ended with $?"`);
    await shows(/Send your sign-in\s+there\?/);
    expect(elsewhere.asked).toEqual([]);
    type(answer);
    await shows('How do you want to sign in?');
    type('');
    await shows('Is that you?');
    type('');
    await shows('Model:');
    type('');
    await shows('ended with 0');
    const { url, asked } = platforms[at];
    for (const command of [
      ['profile', 'status'],
      ['profile', 'login', '--as', 'ada@x.example'],
      ['profile', 'status'],
    ]) {
      const { code, stderr } = await machine.run(command);
      expect([code, stderr], command.join(' ')).toEqual([0, expect.any(String)]);
    }
    const { profiles } = JSON.parse(readFileSync(join(machine.home, 'codemie-cli.config.json'), 'utf8'));
    expect(profiles.default.codeMieUrl).toBe(url);
    expect(profiles.default.apiUrl).toBe(at === 1 ? `${url}/api` : undefined);
    expect(asked).toContain(`${at === 1 ? '/api' : '/code-assistant-api'}/v1/user`);
    expect(platforms[1 - at]?.asked.filter((path) => path.endsWith('/v1/user'))).toEqual([]);
  });

  it('a token is printed to a terminal only on request', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    tmux('new-session', '-d', '-s', 'main', '-x', '110', '-y', '50', 'sh');
    type(`${codemie('token')}; echo "ended with $?"`);
    expect(await shows('ended with 2')).not.toContain('eyJ');
    type(`clear; ${codemie('token --show')}; echo "ended with $?"`);
    expect(await shows('ended with 0')).toContain('eyJ');
  });
});
