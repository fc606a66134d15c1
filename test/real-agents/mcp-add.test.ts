import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAgent } from '../../scripts/agents.mjs';
import { eventsOf, Machine, root } from '../support/program.ts';
import { skipped } from '../support/tools.ts';

/** Each agent as it is on a machine: its own list of servers, and a task that uses what was added. */
const AGENTS = [
  { name: 'claude', list: ['mcp', 'list'], model: ['--model', 'claude-sonnet-4-6'] },
  { name: 'codex', list: ['mcp', 'list'], model: [] },
  { name: 'opencode', list: ['mcp', 'list'], model: [] },
  { name: 'gemini', list: ['mcp', 'list'], model: ['--trust-workspace'] },
] as const;

describe.each(AGENTS)('$name', ({ name, list, model }) => {
  const agent = installAgent(name);
  const missing = 'reason' in agent ? skipped(`${name}: ${agent.reason}`) : undefined;
  let machine: Machine;

  beforeEach(() => {
    machine = new Machine({ TERM: 'xterm-256color', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' });
    const proxy = join(root, 'bin', 'codemie-mcp-proxy.js');
    const ours = machine.agent(`require(${JSON.stringify(proxy)})`, 'codemie-mcp-proxy');
    if ('folder' in agent) machine.env['PATH'] = `${agent.folder}${delimiter}${ours}`;
  });
  afterEach(() => machine.dispose());

  /** What the agent itself says about its servers. */
  const listed = (): string => {
    const env = { ...machine.env, GEMINI_CLI_TRUST_WORKSPACE: 'true' } as NodeJS.ProcessEnv;
    const { stdout, stderr } = spawnSync(name, list, { cwd: machine.work, env, encoding: 'utf8' });
    return stdout + stderr;
  };

  it.skipIf(missing !== undefined)(
    'lists the server that codemie mcp add wrote, reaches it in a run of ours, and forgets it',
    async () => {
      const sandbox = await machine.sandbox('--auto-approve', 'ada');
      const token = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout.trim();
      const added = await machine.run(['mcp', 'add', 'my-server', sandbox.mcpUrl, '--host', name]);
      expect(added.code, added.stderr).toBe(0);
      expect(listed()).toContain('my-server');
      const doctor = await machine.run(['doctor', '--only', 'mcp', '--offline']);
      expect(doctor.stdout).toMatch(/ok .*1 server: my-server \(.*\): signs in when it starts/);
      const before = (await eventsOf(sandbox.controlUrl)).length;
      const options = ['--jwt-token', token, '--base-url', sandbox.url, ...model];
      // Codex starts its servers beside the conversation and would end before they are there.
      const run = machine.start([...options, '--task', 'wait 100 seconds'], { bin: `codemie-${name}.js` });
      const ended = machine.collect(run);
      const answered = async (): Promise<boolean> =>
        (await eventsOf(sandbox.controlUrl))
          .slice(before)
          .some(({ kind, status }) => kind === 'mcp' && status === 200);
      await expect.poll(answered, { timeout: 90_000 }).toBe(true);
      run.kill('SIGTERM');
      expect((await ended).code).toBe(143);
      const removed = await machine.run(['mcp', 'remove', 'my-server', '--host', name]);
      expect(removed.code, removed.stderr).toBe(0);
      expect(listed()).not.toContain('my-server');
    },
  );
});
