import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from '../../src/system/files.ts';
import { Machine, root } from '../support/program.ts';
import { stdioAgent as agent, type Message } from '../support/stdio-agent.ts';

describe('codemie-mcp-proxy', () => {
  const machine = new Machine();
  let sandbox: Awaited<ReturnType<Machine['sandbox']>>;

  beforeAll(async () => {
    sandbox = await machine.sandbox('--auto-approve', 'ada');
  });
  afterAll(() => machine.dispose());

  const proxy = (args: readonly string[], env: Record<string, string> = {}): ChildProcess =>
    machine.start(args, { bin: 'codemie-mcp-proxy.js', env, input: { open: true } });
  const ended = async (child: ChildProcess): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  const events = async (): Promise<readonly Message[]> => {
    const answer = await fetch(`${sandbox.controlUrl}/events?since=0`);
    const { events: all } = (await answer.json()) as { events: readonly Message[] };
    return all;
  };

  it.each(['mcp', 'sse'])(
    'signs in at /%s in the browser and replays the request, in seven steps',
    async (path) => {
      const before = (await events()).length;
      const child = proxy([new URL(`/${path}`, sandbox.mcpUrl).href], {
        MCP_CLIENT_NAME: 'Claude Code (my-server)',
      });
      const { lines, initialize, request, notify } = agent(child);
      const { result } = await initialize();
      expect(result?.serverInfo?.name).toBe('codemie-sandbox');
      notify('notifications/initialized');
      const tools = (await request('tools/list')).result?.tools;
      expect(tools?.map(({ name }) => name)).toEqual(['whoami', 'add']);
      const who = await request('tools/call', { name: 'whoami', arguments: {} });
      expect(who.result?.content).toEqual([{ type: 'text', text: 'You are signed in as ada.' }]);
      child.stdin?.end();
      expect(await ended(child)).toBe(0);
      expect(lines.every((line) => JSON.parse(line).jsonrpc === '2.0')).toBe(true);
      const steps = (await events()).slice(before).map(({ kind, status }) => `${kind} ${status}`);
      const [refused, authorized, exchanged, replayed] = [
        /^mcp 401/,
        /^authorize/,
        /^token 200/,
        /^mcp 20/,
      ].map((step) => steps.findIndex((one) => step.test(one)));
      expect([refused, authorized, exchanged, replayed].toSorted((a, b) => Number(a) - Number(b))).toEqual([
        0,
        authorized,
        exchanged,
        replayed,
      ]);
      expect(steps.filter((step) => step.startsWith('token'))).toHaveLength(1);
    },
  );

  it('stores no token in any file, and signs in again on each start', async () => {
    const before = (await events()).filter(({ kind }) => kind === 'token').length;
    for (const _ of [1, 2]) {
      const child = proxy([sandbox.mcpUrl], { MCP_PROXY_DEBUG: 'true' });
      expect((await agent(child).initialize()).result).toBeDefined();
      child.stdin?.end();
      expect(await ended(child)).toBe(0);
    }
    expect((await events()).filter(({ kind }) => kind === 'token')).toHaveLength(before + 2);
    const log = [...machine.files()].find(([name]) => name.endsWith('mcp-proxy.log'))?.[1] ?? '';
    expect(log).toContain('"status":401');
    expect(log).not.toMatch(/eyJ|code=|code_verifier/);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('ends with %s', async (signal, code) => {
    const child = proxy([sandbox.mcpUrl]);
    await agent(child).initialize();
    child.kill(signal);
    expect(await ended(child)).toBe(code);
  });

  it('exits when stdin closes during a sign-in', async () => {
    const child = proxy([sandbox.mcpUrl, '--no-browser']);
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize' })}\n`);
    const [chunk] = (await once(child.stderr!, 'data')) as [Buffer];
    expect(String(chunk)).toContain('Sign in to 127.0.0.1');
    child.stdin?.end();
    expect(await ended(child)).toBe(0);
  });

  it('exits when the agent is killed while another program holds its pipes', async () => {
    const bin = JSON.stringify(join(root, 'bin', 'codemie-mcp-proxy.js'));
    const source = `const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, [${bin}, ${JSON.stringify(sandbox.mcpUrl)}], { stdio: 'inherit' });
      process.stderr.write('pid ' + child.pid + '\\n');`;
    const host = spawn(process.execPath, ['-e', source], {
      env: machine.env as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const [line] = (await once(createInterface({ input: host.stderr }), 'line')) as [string];
    const pid = Number(line.replace('pid ', ''));
    await agent(host).initialize();
    host.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
    host.stdin.destroy();
  });

  it('exits when its answers are no longer read', async () => {
    const child = proxy([sandbox.mcpUrl]);
    const { initialize } = agent(child);
    await initialize();
    child.stdout?.destroy();
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/list' })}\n`);
    expect(await ended(child)).toBe(0);
  });

  it.each([
    ['no URL', [], 2],
    ['no URL but a word', ['not-a-url'], 2],
    ['ftp', ['ftp://x/'], 2],
    ['a file', ['file:///x'], 2],
    ['http to another machine', ['http://mcp.example.com/'], 2],
    ['a second word', ['http://127.0.0.1:9/', 'x'], 2],
    ['an unset variable in a header', ['http://127.0.0.1:9/', '--header', `X: \${NOT_SET_HERE}`], 2],
    ['--help', ['--help'], 0],
    ['--version', ['--version'], 0],
  ])('%s: exits at once', async (_, args, code) => {
    const result = await machine.run(args, { bin: 'codemie-mcp-proxy.js' });
    expect(result.code).toBe(code);
    expect(result.stdout === '').toBe(code !== 0);
    expect(result.stderr === '').toBe(code === 0);
  });
});
