import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { browserAndPage } from '../support/attacker.ts';
import { eventsOf, Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('chromium', ['chromium']);
/** A host name of the attacker whose DNS answer changed to this machine. */
const REBOUND = 'rebound.evil.example';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(async () => {
  await machine.run(['gateway', 'stop']);
  await machine.dispose();
});

/** Scripts that run in the page; each returns what it could read, or "blocked". */
const ATTACKS: Readonly<Record<string, (url: string, key: string) => string>> = {
  'a simple POST without preflight': (url) =>
    `fetch('${url}/v1/messages', { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: '{"model":"claude-4-5-haiku","max_tokens":1,"messages":[]}' }).then((r) => r.type + r.status)`,
  'a request with CORS': (url) => `fetch('${url}/v1/models').then((r) => r.text())`,
  'one that guessed the key': (url, key) =>
    `fetch('${url}/v1/models', { headers: { 'x-api-key': '${key}' } }).then((r) => r.text())`,
  'the key in a simple header is none': (url, key) =>
    `fetch('${url}/v1/models?key=${key}', { mode: 'no-cors' }).then((r) => r.type + r.status)`,
  'a form': (url) =>
    `new Promise((done) => { const f = document.createElement('iframe'); f.name = 'f'; f.onload = () => { try { done('loaded ' + f.contentDocument.body.innerText); } catch { done('blocked'); } }; document.body.append(f); const form = document.createElement('form'); form.method = 'post'; form.target = 'f'; form.action = '${url}/v1/messages'; document.body.append(form); form.submit(); })`,
  'a WebSocket': (url) =>
    `new Promise((done) => { const s = new WebSocket('${url.replace('http', 'ws')}/v1/responses'); s.onopen = () => done('open'); s.onerror = () => done('blocked'); })`,
  'an image': (url) =>
    `new Promise((done) => { const i = new Image(); i.onload = () => done('loaded'); i.onerror = () => done('blocked'); i.src = '${url}/v1/models'; })`,
};

describe.skipIf(missing !== undefined)('a web page of another origin, in a real browser', () => {
  it('reaches neither the model nor the metrics, whatever it tries', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const started = await machine.run(['gateway', 'start', '--detach', '--json']);
    const gateway = expectShape<{ url: string; key: string; port: number }>('gateway-start', started.stdout);
    const before = (await eventsOf(sandbox.controlUrl)).length;
    const { page, port } = await browserAndPage(REBOUND);
    await page.goto(`http://127.0.0.1:${port}/`);
    const rebound = `http://${REBOUND}:${gateway.port}`;
    for (const [name, attack] of Object.entries(ATTACKS)) {
      for (const url of [gateway.url, rebound]) {
        const seen = String(await page.evaluate(`${attack(url, gateway.key)}.catch(() => 'blocked')`));
        expect(seen, `${name} to ${url}`).toMatch(/^(blocked|opaque0|loaded )/);
        expect(seen, `${name} to ${url}`).not.toMatch(/claude|data|codemie_gateway/);
      }
    }
    // A rebound page has the same origin as what it reads; only the Host header gives it away.
    await page.goto(`${rebound}/v1/models`);
    expect(await page.textContent('body')).toContain('wrong host');
    await page.goto(`${rebound}/metrics`);
    expect(await page.textContent('body')).toContain('wrong host');
    const after = (await eventsOf(sandbox.controlUrl)).slice(before);
    expect(after.filter(({ kind }) => kind === 'model' || kind === 'api')).toEqual([]);
  });

  it('an editor’s page that --allow-origin names uses the gateway with the key, and the same page elsewhere does not', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const { page, port } = await browserAndPage(REBOUND);
    const editor = `http://127.0.0.1:${port}`;
    const flags = ['--detach', '--json', '--allow-origin', editor];
    const started = await machine.run(['gateway', 'start', ...flags]);
    const { url, key } = expectShape<{ url: string; key: string }>('gateway-start', started.stdout);
    const asked = (secret: string): string =>
      `fetch('${url}/v1/chat/completions', { method: 'POST', headers: { authorization: 'Bearer ${secret}', 'content-type': 'application/json' }, body: '{"model":"gpt-4.1","messages":[{"role":"user","content":"hello"}]}' }).then((r) => r.text()).catch(() => 'blocked')`;
    await page.goto(`${editor}/`);
    expect(await page.evaluate(asked(key))).toContain('Sandbox answer: hello');
    expect(await page.evaluate(asked('wrong'))).toContain('gateway key');
    await page.goto(`http://${REBOUND}:${port}/`);
    expect(await page.evaluate(asked(key))).toBe('blocked');
  });
});
