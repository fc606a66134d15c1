import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage } from 'node:http';
import { createServer as createPlatform } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { badNetwork } from '../support/bad-network.ts';
import { Machine } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('openssl', ['openssl']);
const HOST = 'codemie.example';
/** Three parts, a distant expiry, and a signature that is not checked here. */
const TOKEN = [{ alg: 'RS256' }, { sub: 'ada', exp: 4_000_000_000 }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('c2lnbmF0dXJl')
  .join('.');

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

/** A certificate for the platform's name that only NODE_EXTRA_CA_CERTS makes trusted. */
function certificate(): { key: string; cert: string; file: string } {
  const folder = join(machine.folder, 'tls');
  mkdirSync(folder);
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const args = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${HOST} -addext subjectAltName=DNS:${HOST}`;
  const result = spawnSync('openssl', [...args.split(' '), '-keyout', key, '-out', file], {
    encoding: 'utf8',
  });
  expect(result.status, result.stderr).toBe(0);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

async function bound(server: ReturnType<typeof createProxy>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe.skipIf(missing !== undefined)('a platform behind the company’s proxy', () => {
  it('the gateway tunnels and streams, and the proxy sees neither token nor key', async () => {
    const { key, cert, file } = certificate();
    const seen: IncomingMessage['headers'][] = [];
    const platform = await bound(
      createPlatform({ key, cert }, (request, response) => {
        seen.push(request.headers);
        request.resume().on('end', () => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write('data: 1\n\n');
          setTimeout(() => response.end('data: 2\n\n'), 100);
        });
      }),
    );
    const asked: unknown[] = [];
    const proxy = createProxy((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(502).end();
    });
    proxy.on('connect', (request, socket, head) => {
      asked.push([request.url, request.headers]);
      const onward = connect(platform, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [socket, onward]) end.on('error', () => undefined);
      // A pipe whose other end is gone is paused, and would never notice that this end closes, too.
      onward.once('close', () => socket.resume());
    });
    const port = await bound(proxy);

    const source = `
      const { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: key } = process.env;
      fetch(base + '/v1/messages', { method: 'POST', headers: { authorization: 'Bearer ' + key }, body: 'x'.repeat(100000) })
        .then(async (r) => console.log(r.status, JSON.stringify(await r.text())));`;
    const args = ['--jwt-token', TOKEN, '--base-url', `https://${HOST}`, '--model', 'm', '--task', 'x'];
    const result = await machine.run(args, {
      bin: 'codemie-claude.js',
      env: {
        PATH: machine.agent(source),
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        HTTP_PROXY: `http://127.0.0.1:${port}`,
        NODE_EXTRA_CA_CERTS: file,
      },
    });
    expect([result.code, result.stdout]).toEqual([0, '200 "data: 1\\n\\ndata: 2\\n\\n"\n']);
    expect(seen.at(-1)).toMatchObject({ host: HOST, authorization: `Bearer ${TOKEN}` });
    expect(asked.length).toBeGreaterThan(0);
    for (const tunnel of asked) expect(tunnel).toEqual([`${HOST}:443`, expect.anything()]);
    expect(JSON.stringify(asked)).not.toMatch(/authorization|codemie-[\w-]{20}/i);
  });

  it('S41: without its certificate nothing is sent, and the error tells the agent to run doctor', async () => {
    const { key, cert } = certificate();
    let requests = 0;
    const platform = await bound(
      createPlatform({ key, cert }, (_request, response) => {
        requests += 1;
        response.end();
      }),
    );
    const proxy = createProxy();
    proxy.on('connect', (_request, socket) => {
      const onward = connect(platform, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [socket, onward]) end.on('error', () => undefined);
      // A pipe whose other end is gone is paused, and would never notice that this end closes, too.
      onward.once('close', () => socket.resume());
    });
    const port = await bound(proxy);
    const source = `
      const { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: key } = process.env;
      fetch(base + '/v1/messages', { method: 'POST', headers: { authorization: 'Bearer ' + key }, body: '{}' })
        .then(async (r) => console.log(r.status, await r.text()));`;
    const args = ['--jwt-token', TOKEN, '--base-url', `https://${HOST}`, '--model', 'm', '--task', 'x'];
    const result = await machine.run(args, {
      bin: 'codemie-claude.js',
      env: {
        PATH: machine.agent(source),
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      },
    });
    expect(result.stdout).toMatch(/^502 .*codemie doctor/);
    expect(requests).toBe(0);
  });
});

it('an unusable proxy is reported before an agent starts, even if nothing else would contact the platform', async () => {
  const run = await machine.run(['--task', 'x'], {
    bin: 'codemie-claude.js',
    env: {
      PATH: machine.agent(`require('node:fs').writeFileSync('started', '')`),
      CODEMIE_PROVIDER: 'anthropic-compatible',
      CODEMIE_BASE_URL: `https://${HOST}`,
      CODEMIE_API_KEY: 'sk-test-0123456789abcdefghij',
      CODEMIE_MODEL: 'm',
      HTTPS_PROXY: 'socks5://proxy.example:1080',
    },
  });
  expect([run.code, run.stderr]).toEqual([9, expect.stringContaining('[PROXY_INVALID]')]);
  expect(existsSync(join(machine.work, 'started'))).toBe(false);
});

it('the gateway reports an unusable proxy like every other command, without its password', async () => {
  const run = await machine.run(['gateway', 'start', '--json'], {
    env: {
      CODEMIE_URL: `https://${HOST}`,
      CODEMIE_JWT_TOKEN: TOKEN,
      HTTPS_PROXY: 'http://ada:p%zz-secret@proxy.example:3128',
    },
  });
  expect([run.code, JSON.parse(run.stdout).error.code]).toEqual([9, 'PROXY_INVALID']);
  expect(run.stdout + run.stderr).not.toContain('secret');
});

describe('a proxy that never answers', () => {
  const settings = { CODEMIE_URL: `https://${HOST}`, CODEMIE_JWT_TOKEN: TOKEN };

  it.each([
    ['a command', ['profile', 'status'], 'codemie.js'],
    ['a launch', ['--task', 'x', '--model', 'm'], 'codemie-claude.js'],
  ])('%s ends on one SIGTERM', async (_what, args, bin) => {
    const network = await badNetwork('never answers');
    const env = { ...settings, HTTPS_PROXY: `http://${network.host}`, PATH: machine.agent('') };
    const child = machine.start(args, { bin, env });
    const ended = machine.collect(child);
    await network.reached;
    const stopped = performance.now();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    expect(performance.now() - stopped).toBeLessThan(5000);
  });
});
