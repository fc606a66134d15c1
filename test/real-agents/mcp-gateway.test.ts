import { spawn, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { throughGateway } from '../../src/gateway/mcp/address.ts';
import { freePort } from '../support/free-port.ts';
import { eventsOf, lineOf, Machine, root } from '../support/program.ts';
import { RealTerminal } from '../support/tmux.ts';
import { missingTool, skipped } from '../support/tools.ts';

const claude = installAgent('claude');
const codex = installAgent('codex');
const noCodex = 'reason' in codex ? skipped(`Codex: ${codex.reason}`) : undefined;
const missing = 'reason' in claude ? skipped(`Claude Code: ${claude.reason}`) : missingTool('tmux', ['tmux']);

let machine: Machine;
let sandbox: Awaited<ReturnType<Machine['sandbox']>>;
let port: number;
beforeEach(async () => {
  port = await freePort();
  machine = new Machine({
    TERM: 'xterm-256color',
    // The sandbox's model calls tools it was told of, and searches for none.
    ENABLE_TOOL_SEARCH: 'false',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CODEMIE_PROXY_PORT: String(port),
    MCP_PROXY_DEBUG: 'true',
  });
  if ('folder' in claude) machine.env['PATH'] = `${claude.folder}${delimiter}${machine.env['PATH']}`;
  sandbox = await machine.sandbox('--auto-approve', 'ada');
  const { stdout } = await machine.run(['sandbox', 'token', '--user', 'ada']);
  Object.assign(machine.env, {
    CODEMIE_URL: sandbox.url,
    CODEMIE_JWT_TOKEN: stdout.trim(),
    // The sandbox is on this computer, which is closed to servers unless it is listed.
    CODEMIE_MCP_ALLOW_HOSTS: new URL(sandbox.mcpUrl).host,
  });
});
afterEach(() => machine.dispose());

const RUN = ['--model', 'claude-sonnet-4-6'];

/** Claude Code signs in at a terminal only. Its browser is the machine's. */
async function signInInside(): Promise<void> {
  const terminal = new RealTerminal(machine);
  const program = join(root, 'bin', 'codemie-claude.js');
  try {
    terminal.type(
      `'${process.execPath}' '${program}' ${RUN.join(' ')} mcp login my-server; echo ended with $?`,
    );
    await terminal.shows('ended with 0', 60);
  } finally {
    terminal.close();
  }
}

describe.skipIf(missing !== undefined)(
  'codemie-claude, inside which a remote MCP server signs in through /mcp_auth',
  () => {
    it.each([
      ['the rewriting of the documentation', false],
      ['the gateway as the issuer', true],
    ])('with %s, and a later run on the same port uses that sign-in', async (_, isIssuer) => {
      const address = throughGateway(port, sandbox.mcpUrl, isIssuer);
      const args = ['mcp', 'add', '--transport', 'http', 'my-server', address];
      const added = spawnSync('claude', args, {
        cwd: machine.work,
        env: machine.env as NodeJS.ProcessEnv,
        encoding: 'utf8',
      });
      expect(added.status, added.stderr).toBe(0);
      await signInInside();
      const task = ['--task', 'call the tool whoami', '--allowedTools', 'mcp__my-server__whoami'];
      const { code, stdout, stderr } = await machine.run([...RUN, ...task], { bin: 'codemie-claude.js' });
      expect(stdout, stderr).toContain('You are signed in as ada.');
      expect(code).toBe(0);
      const events = await eventsOf(sandbox.controlUrl);
      expect(events.filter(({ kind }) => kind === 'mcp').every(({ status }) => status < 500)).toBe(true);
      const log = machine.files().get(join(machine.home, 'logs', 'mcp-proxy.log')) ?? '';
      expect(log).toContain('"route":"mcp_relay"');
      expect(log).not.toMatch(/eyJ|code=|original=/);
    });
  },
);

it.skipIf(noCodex !== undefined)(
  'Codex, which compares issuers, signs in through a gateway that stands in for the sign-in server',
  async () => {
    const program = 'bin' in codex ? codex.bin : '';
    const gateway = machine.start(['gateway', 'start']);
    await lineOf(gateway, /Gateway to \S+ is running/);
    const run = (...args: string[]) =>
      spawn(program, ['mcp', ...args], {
        cwd: machine.work,
        env: machine.env as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    await machine.collect(run('add', 'my-server', '--url', throughGateway(port, sandbox.mcpUrl, true)));
    const { code, stdout, stderr } = await machine.collect(run('login', 'my-server'));
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toContain('Successfully logged in');
  },
);
