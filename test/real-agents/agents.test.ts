import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { eventsOf, Machine } from '../support/program.ts';
import { skipped } from '../support/tools.ts';

const claude = installAgent('claude');
const missing = 'reason' in claude ? skipped(`Claude Code: ${claude.reason}`) : undefined;
const folder = 'folder' in claude ? claude.folder : '';
const opencode = installAgent('opencode');
const noOpenCode = 'reason' in opencode ? skipped(`OpenCode: ${opencode.reason}`) : undefined;

let machine: Machine;
beforeEach(() => {
  machine = new Machine({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' });
  machine.env['PATH'] = `${folder}${delimiter}${process.env['PATH']}`;
});
afterEach(() => machine.dispose());

const bin = 'codemie-claude.js';
const TASK = 'Read the file hello.txt and report its first line';

async function pipeline(): Promise<{ url: string; controlUrl: string; token: string }> {
  const { url, controlUrl } = await machine.sandbox('--auto-approve', 'ada');
  const token = (await machine.run(['sandbox', 'token', '--user', 'ada', '--ttl', '8h'])).stdout.trim();
  writeFileSync(join(machine.work, 'hello.txt'), 'an unguessable line: 5f3a\nsecond\n');
  return { url, controlUrl, token };
}

describe.skipIf(missing !== undefined)('the real Claude Code', () => {
  it('G12: finishes a task with a tool call from only a token, with the same stdout as a bare run', async () => {
    const { url, token } = await pipeline();
    const ours = await machine.run(['--jwt-token', token, '--base-url', url, '--task', TASK], { bin });
    expect(ours.code, ours.stderr).toBe(0);
    expect(ours.stdout).toContain('an unguessable line: 5f3a');
    const bare = spawnSync(join(folder, 'claude'), ['-p', TASK], {
      cwd: machine.work,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...machine.env,
        ANTHROPIC_BASE_URL: `${url}/code-assistant-api`,
        ANTHROPIC_AUTH_TOKEN: token,
        ANTHROPIC_MODEL: 'claude-sonnet-4-6',
      } as NodeJS.ProcessEnv,
    });
    expect(ours.stdout).toBe(bare.stdout);
  });

  it('settings of the user and of a cloned repository do not bypass the gateway', async () => {
    const { url, controlUrl, token } = await pipeline();
    const elsewhere = JSON.stringify({
      env: {
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
        ANTHROPIC_AUTH_TOKEN: 'stolen',
        ANTHROPIC_MODEL: 'other',
      },
    });
    for (const place of [join(machine.folder, '.claude'), join(machine.work, '.claude')]) {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'settings.json'), elsewhere);
    }
    const result = await machine.run(['--jwt-token', token, '--base-url', url, '--task', TASK], {
      bin,
      env: { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' },
    });
    expect(result.code, result.stderr + result.stdout).toBe(0);
    expect(result.stdout).toContain('5f3a');
    expect(
      (await eventsOf(controlUrl)).filter((event) => event.kind === 'model').length,
    ).toBeGreaterThanOrEqual(2);
  });

  it('G5: its sessions are counted without a process per event, announced once, and can be turned off', async () => {
    const { url, token, controlUrl } = await pipeline();
    const args = ['--jwt-token', token, '--base-url', url, '--task', TASK];
    const first = await machine.run(args, { bin });
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('codemie config set plugin off')]);
    expect((await machine.run(args, { bin })).stderr).not.toContain('plugin');
    const shown = JSON.parse((await machine.run(['audit', 'show', '--json'])).stdout) as {
      entries: { event: string }[];
    };
    const sessions = shown.entries.filter(({ event }) => event === 'agent-session');
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toMatchObject({ agent: 'claude', prompts: 1, tools: { Read: 1 } });
    expect(sessions[0]).toMatchObject({ inputTokens: expect.any(Number), outputTokens: expect.any(Number) });
    expect(JSON.stringify(shown)).not.toMatch(/hello\.txt|first line/);
    expect((await eventsOf(controlUrl)).filter(({ route }) => route === '/v1/metrics')).toEqual([]);

    await machine.run(['config', 'set', 'metrics', 'on']);
    await machine.run(args, { bin, env: { DO_NOT_TRACK: '1' } });
    expect((await eventsOf(controlUrl)).filter(({ route }) => route === '/v1/metrics')).toEqual([]);
    await machine.run(args, { bin });
    expect((await eventsOf(controlUrl)).filter(({ route }) => route === '/v1/metrics')).toHaveLength(2);

    await machine.run(['config', 'set', 'plugin', 'off']);
    const off = await machine.run([...args, '--print-config'], { bin });
    expect(off.stdout).not.toContain('plugin');
    expect(
      [...machine.files().keys()].filter((path) => /plugin/.test(path) && !path.includes('/.claude/')),
    ).toEqual([]);
  });

  it('a token that lasts 3 s is enough for a task of 12 s, with only the necessary renewals', async () => {
    const { url, controlUrl } = await machine.sandbox('--auto-approve', 'ada', '--access-token-ttl', '3s');
    expect((await machine.signIn(url)).code).toBe(0);
    const started = Date.now();
    const result = await machine.run(['--task', 'take 12 s in 6 steps', '--allowedTools', 'Bash'], { bin });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toContain('Done after 6 steps.');
    const seconds = (Date.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(12);
    const events = await eventsOf(controlUrl);
    expect(events.filter((event) => event.kind === 'model' && event.status !== 200)).toEqual([]);
    const renewals = events.filter((event) => event.grant === 'refresh_token').length;
    expect(renewals).toBeGreaterThanOrEqual(3);
    // Each token is renewed shortly before it expires.
    expect(renewals).toBeLessThanOrEqual(Math.ceil(seconds / 1.5) + 1);
  });
});

describe.skipIf(noOpenCode !== undefined)('codemie-opencode', () => {
  it('finishes a task with a tool call from only a token, despite settings of a cloned repository', async () => {
    const { url, controlUrl, token } = await pipeline();
    const elsewhere = {
      model: 'codemie/other',
      provider: {
        codemie: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: 'http://127.0.0.1:9', apiKey: 'stolen' },
        },
      },
    };
    writeFileSync(join(machine.work, 'opencode.json'), JSON.stringify(elsewhere));
    const path = `${'folder' in opencode ? opencode.folder : ''}${delimiter}${process.env['PATH']}`;
    const result = await machine.run(['--jwt-token', token, '--base-url', url, '--task', TASK], {
      bin: 'codemie-opencode.js',
      env: {
        PATH: path,
        HTTP_PROXY: 'http://127.0.0.1:9',
        npm_config_offline: 'true',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      },
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout + result.stderr).toContain('5f3a');
    expect(
      (await eventsOf(controlUrl)).filter((event) => event.kind === 'model' && event.status === 200).length,
    ).toBeGreaterThanOrEqual(2);
  });
});
