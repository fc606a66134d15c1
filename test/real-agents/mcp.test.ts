import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { eventsOf, Machine, root } from '../support/program.ts';
import { skipped } from '../support/tools.ts';

const claude = installAgent('claude');
const missing = 'reason' in claude ? skipped(`Claude Code: ${claude.reason}`) : undefined;

let machine: Machine;
let sandbox: Awaited<ReturnType<Machine['sandbox']>>;
beforeEach(async () => {
  // The sandbox's model calls tools it was told of, and searches for none.
  const env = { ENABLE_TOOL_SEARCH: 'false', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
  machine = new Machine({ TERM: 'xterm-256color', ...env });
  const ours = machine.agent(
    `require(${JSON.stringify(join(root, 'bin', 'codemie-mcp-proxy.js'))})`,
    'codemie-mcp-proxy',
  );
  if ('folder' in claude) machine.env['PATH'] = `${claude.folder}${delimiter}${ours}`;
  sandbox = await machine.sandbox('--auto-approve', 'ada');
});
afterEach(() => machine.dispose());

const byFile = (url: string): void => {
  const server = {
    type: 'stdio',
    command: 'codemie-mcp-proxy',
    args: [url],
    env: { MCP_CLIENT_NAME: 'Claude Code (my-server)' },
  };
  writeFileSync(join(machine.work, '.mcp.json'), JSON.stringify({ mcpServers: { 'my-server': server } }));
};
const byCommand = (url: string): void => {
  const args = ['mcp', 'add', 'my-server', '--', 'codemie-mcp-proxy', url];
  const { status, stderr } = spawnSync('claude', args, {
    cwd: machine.work,
    env: machine.env as NodeJS.ProcessEnv,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
};

const byOurs = async (url: string): Promise<void> => {
  const { code, stderr } = await machine.run(['mcp', 'add', 'my-server', url, '--host', 'file']);
  expect(code, stderr).toBe(0);
};

describe.skipIf(missing !== undefined)('Claude Code calls a tool of a server that needs a sign-in', () => {
  it.each([
    ['.mcp.json, Streamable HTTP', byFile, '/mcp'],
    ['codemie mcp add --host file, HTTP with SSE', byOurs, '/sse'],
    ['claude mcp add', byCommand, '/mcp'],
  ] as const)('%s', async (_, configure, path) => {
    await configure(new URL(path, sandbox.mcpUrl).href);
    const token = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout.trim();
    const options = ['--jwt-token', token, '--base-url', sandbox.url, '--model', 'claude-sonnet-4-6'];
    const task = ['--task', 'call the tool whoami', '--allowedTools', 'mcp__my-server__whoami'];
    const { code, stdout, stderr } = await machine.run([...options, ...task], { bin: 'codemie-claude.js' });
    expect(stdout, stderr).toContain('You are signed in as ada.');
    expect(code).toBe(0);
    const mcp = (await eventsOf(sandbox.controlUrl)).filter(({ kind }) => kind === 'mcp');
    expect(mcp[0]?.status).toBe(401);
  });
});
