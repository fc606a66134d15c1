import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Machine } from '../support/program.ts';
import { NODE, NPM_FOLDER, Windows, type WindowsProgram } from '../support/windows.ts';

const run = inject('windowsRun');

/** Stands in for an agent that uses a tool: both keep a port open as long as they run. */
const AGENT = `const { spawn } = require('node:child_process');
const { createServer } = require('node:net');
const serve = "const server = require('net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))";
const tool = spawn(process.execPath, ['-e', serve], { stdio: ['ignore', 'pipe', 'ignore'] });
tool.stdout.setEncoding('utf8').on('data', (port) => {
  const server = createServer().listen(0, '127.0.0.1', () => console.log('ports', server.address().port, port.trim(), 'open'));
});
`;
const SHIM = '@node "%~dp0\\claude.js" %*\r\n';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** @returns whether something listens there. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe.skipIf(run.missing !== undefined)('on Windows', () => {
  let sandbox: { readonly url: string; readonly mcpUrl: string };
  let windows: Windows;
  const machine = new Machine();
  afterAll(() => machine.dispose());
  beforeAll(async () => {
    sandbox = await machine.sandbox('--auto-approve', 'ada');
    windows = new Windows(run);
    expect(await windows.run(['setup', '--url', sandbox.url])).toMatchObject({ code: 0 });
    const folder = `${windows.profile}\\agents`;
    mkdirSync(windows.linux(folder));
    writeFileSync(windows.linux(`${folder}\\claude.js`), AGENT);
    writeFileSync(windows.linux(`${folder}\\claude.cmd`), SHIM);
    windows.env['Path'] += `;${folder}`;
  });

  const temporaryFolders = (): readonly string[] =>
    readdirSync(windows.linux(windows.env['TEMP'] ?? '')).filter((name) => name.startsWith('codemie-'));

  async function started(...args: string[]): Promise<{ launcher: WindowsProgram; ports: readonly number[] }> {
    const launcher = await windows.start(['--task', 'hi', ...args], { bin: 'codemie-claude' });
    const { stdout, stderr } = await launcher.printed('open');
    const ports = (/ports (\d+) (\d+)/.exec(stdout) ?? []).slice(1).map(Number);
    expect(ports, stderr).toHaveLength(2);
    return { launcher, ports };
  }

  async function expectNothingLeft(ports: readonly number[]): Promise<void> {
    for (const port of ports) await expect.poll(() => isOpen(port), { timeout: 10_000 }).toBe(false);
    await expect.poll(temporaryFolders, { timeout: 10_000 }).toEqual([]);
  }

  it('a time limit ends the agent and its tools, and leaves nothing behind', async () => {
    const { launcher, ports } = await started('--timeout', '5s');
    expect(await Promise.all(ports.map(isOpen))).toEqual([true, true]);
    expect(await launcher.ended).toMatchObject({ stderr: expect.stringContaining('[AGENT_TIMEOUT]') });
    await expectNothingLeft(ports);
  });

  it('the agent and its tools end with a launcher that was killed', async () => {
    const { launcher, ports } = await started();
    expect(await Promise.all(ports.map(isOpen))).toEqual([true, true]);
    expect(temporaryFolders()).toHaveLength(1);
    await launcher.kill();
    await expectNothingLeft(ports);
  });

  it('a gateway runs in the background until it is stopped', async () => {
    const start = await windows.run(['gateway', 'start', '--detach', '--json']);
    expect(start.code, start.stderr).toBe(0);
    const { url, key, port } = JSON.parse(start.stdout);
    const models = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect(models.status).toBe(200);
    expect((await windows.run(['gateway', 'status'])).stdout).toContain(url);
    expect(await windows.run(['gateway', 'stop'])).toMatchObject({ code: 0 });
    expect(await isOpen(port)).toBe(false);
  });

  it('a sandbox runs in the background until it is stopped', async () => {
    const start = await windows.run(['sandbox', 'start', '--detach', '--json']);
    expect(start.code, start.stderr).toBe(0);
    const { url } = JSON.parse(start.stdout);
    expect((await fetch(`${url}/code-assistant-api/v1/healthcheck`)).status).toBeLessThan(500);
    expect(await windows.run(['sandbox', 'stop'])).toMatchObject({ code: 0 });
    expect(await isOpen(Number(new URL(url).port))).toBe(false);
  });

  describe('the MCP proxy', () => {
    /** The command that a host finds in its settings. */
    async function stored(): Promise<readonly [string, ...string[]]> {
      const add = await windows.run(['mcp', 'add', 'tools', sandbox.mcpUrl, '--host', 'file']);
      expect(add.code, add.stderr).toBe(0);
      const file = readFileSync(windows.linux(`${windows.work}\\.mcp.json`), 'utf8');
      const { command, args } = JSON.parse(file).mcpServers.tools;
      expect(command).toBe(NODE);
      expect(args[0].toLowerCase()).toBe(
        `${NPM_FOLDER}\\node_modules\\codemie\\bin\\codemie-mcp-proxy.js`.toLowerCase(),
      );
      return [command, ...args];
    }

    async function connected(program: string, args: readonly string[]): Promise<WindowsProgram> {
      const proxy = await windows.startProgram(program, args, { input: 'open' });
      await proxy.write(`${JSON.stringify(INITIALIZE)}\n`);
      const { stdout, stderr } = await proxy.printed('"id":1');
      expect(JSON.parse(stdout), stderr).toMatchObject({ result: { serverInfo: {} } });
      return proxy;
    }

    it('is started by its host without a shell, signs in with the browser, and ends with its stdin', async () => {
      const [command, ...args] = await stored();
      const proxy = await connected(command, args);
      await proxy.end();
      expect(await proxy.ended).toMatchObject({ code: 0 });
    });

    it('ends when its host was killed and another program still has its pipes', async () => {
      // Not Node, which ends what it started.
      const host = `${windows.work}\\host.cmd`;
      writeFileSync(windows.linux(host), `@${(await stored()).map((word) => `"${word}"`).join(' ')}\r\n`);
      const proxy = await connected(`${windows.env['ComSpec']}`, ['/d', '/c', 'host.cmd']);
      await proxy.kill();
      // Its output ends when the proxy has ended too.
      await proxy.ended;
    });
  });
});
