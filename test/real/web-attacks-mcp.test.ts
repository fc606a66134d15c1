import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { throughGateway } from '../../src/gateway/mcp/address.ts';
import { browserAndPage } from '../support/attacker.ts';
import { appended, discover } from '../support/mcp-gateway.ts';
import { eventsOf, Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('chromium', ['chromium']);
const EVIL = 'evil.example';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(async () => {
  await machine.run(['gateway', 'stop']);
  await machine.dispose();
});

/** Scripts that run in the page and end when the browser has its answer. */
const ATTACKS: Readonly<Record<string, (url: string) => string>> = {
  'a simple POST': (url) => `fetch('${url}', { method: 'POST', mode: 'no-cors', body: '{}' })`,
  'a simple GET': (url) => `fetch('${url}', { mode: 'no-cors' })`,
  'a request with CORS': (url) =>
    `fetch('${url}', { method: 'POST', headers: { authorization: 'Bearer x' } })`,
  'an image': (url) =>
    `new Promise((done) => { const i = new Image(); i.onload = i.onerror = () => done(); i.src = '${url}'; })`,
  'a script': (url) =>
    `new Promise((done) => { const s = document.createElement('script'); s.onload = s.onerror = () => done(); s.src = '${url}'; document.body.append(s); })`,
  'a frame': (url) =>
    `new Promise((done) => { const f = document.createElement('iframe'); f.onload = () => done(); f.src = '${url}'; document.body.append(f); })`,
  'a form': (url) =>
    `new Promise((done) => { const f = document.createElement('iframe'); f.name = 'f' + Math.random(); document.body.append(f); f.onload = () => done(); const form = document.createElement('form'); form.method = 'post'; form.target = f.name; form.action = '${url}'; document.body.append(form); form.submit(); })`,
};

describe.skipIf(missing !== undefined)('a web page, in a real browser', () => {
  it.each([EVIL, '127.0.0.1'])(
    'of %s reaches no MCP server through the gateway, even with a relay URL it should not know',
    async (host) => {
      const sandbox = await machine.sandbox('--auto-approve', 'ada');
      await machine.signIn(sandbox.url);
      machine.env['CODEMIE_MCP_ALLOW_HOSTS'] = new URL(sandbox.mcpUrl).host;
      const started = await machine.run(['gateway', 'start', '--detach', '--json']);
      const gateway = expectShape<{ port: number }>('gateway-start', started.stdout);
      const address = throughGateway(gateway.port, sandbox.mcpUrl);
      const { issuer, server } = await discover(address);
      const before = (await eventsOf(sandbox.controlUrl)).length;
      const { page, port } = await browserAndPage(EVIL);
      await page.goto(`http://${host}:${port}/`);
      const answers: number[] = [];
      page.on('response', (response) => {
        if (new URL(response.url()).port === String(gateway.port)) answers.push(response.status());
      });
      const targets = [
        address,
        address.replace('127.0.0.1', 'localhost'),
        appended(issuer),
        String(server['token_endpoint']),
      ];
      for (const attack of Object.values(ATTACKS))
        for (const url of targets) await page.evaluate(`${attack(url)}.catch(() => undefined)`);
      // A link.
      await page.evaluate(`location.href = '${address}'`);
      await page.waitForURL(/mcp_auth/);
      expect(answers.at(-1)).toBe(403);
      // After DNS rebinding, the page has the origin of what it asks for.
      const rebound = await page.goto(`http://${EVIL}:${gateway.port}/mcp_auth?original=${sandbox.mcpUrl}`);
      expect(rebound?.status()).toBe(421);
      expect(new Set(answers.filter((status) => status !== 403 && status !== 421))).toEqual(new Set());
      expect(answers.length).toBeGreaterThan(targets.length);
      const after = (await eventsOf(sandbox.controlUrl)).slice(before);
      expect(after.filter(({ kind }) => kind === 'mcp' || kind === 'token')).toEqual([]);
    },
  );
});
