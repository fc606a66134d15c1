import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as forward } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { ADA_ID } from '../support/people.ts';
import { Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('openssl', ['openssl']) ?? missingTool('squid', ['squid']);
const NAME = 'codemie.corp.test';
const [USER, PASSWORD] = ['proxy-user', 'proxy-pass-0815'];
const CA = 'Example Corp Root CA';

/** A company's network: a private CA, and a squid that requires a password, between us and the sandbox. */
describe.skipIf(missing !== undefined)('behind a real squid and a private CA', () => {
  const folder = mkdtempSync(join(tmpdir(), 'codemie-squid-'));
  let front: Server;
  let url = '';
  let squid: ChildProcess;
  let proxyPort = 0;
  let host: Machine;
  let sandboxUrl = '';
  let machine: Machine;

  const openssl = (...args: string[]): void => {
    const result = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    expect(result.status, result.stderr).toBe(0);
  };

  beforeAll(async () => {
    const subject = `/O=Example Corp/CN=${CA}`;
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '30',
      '-subj',
      subject,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${NAME}`,
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
    );
    writeFileSync(join(folder, 'san'), `subjectAltName=DNS:${NAME}\n`);
    openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '30',
      '-extfile',
      'san',
      '-out',
      'server.pem',
    );
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '30',
      '-subj',
      '/CN=Somebody Else CA',
      '-keyout',
      'other.key',
      '-out',
      'other.pem',
    );

    front = createServer(
      { key: readFileSync(join(folder, 'server.key')), cert: readFileSync(join(folder, 'server.pem')) },
      (request, response) => {
        const { hostname, port } = new URL(sandboxUrl);
        const headers = {
          ...request.headers,
          host: `${hostname}:${port}`,
          'x-forwarded-proto': 'https',
          'x-forwarded-host': request.headers.host,
        };
        const onward = forward(
          { hostname, port, path: request.url, method: request.method, headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
          },
        );
        onward.on('error', () => response.destroy());
        request.pipe(onward);
      },
    );
    await once(front.listen(0, '127.0.0.1'), 'listening');
    url = `https://${NAME}:${(front.address() as AddressInfo).port}`;
    host = new Machine();
    const child = host.start(['sandbox', 'start', '--json', '--auto-approve', 'ada', '--public-url', url]);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    sandboxUrl = new URL((JSON.parse(String(line)) as { controlUrl: string }).controlUrl).origin;
    [squid, proxyPort] = await startSquid(folder, Number(new URL(url).port));
  }, 120_000);

  afterAll(async () => {
    squid?.kill('SIGKILL');
    front?.closeAllConnections();
    front?.close();
    await host?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const proxy = `http://${USER}:${PASSWORD}@127.0.0.1:${proxyPort}`;
    machine = new Machine({
      HTTPS_PROXY: proxy,
      HTTP_PROXY: proxy,
      SCRIPTED_BROWSER_ROUTE: `${url}=${sandboxUrl}`,
    });
    return () => machine.dispose();
  });

  const ca = (): string => join(folder, 'ca.pem');

  it('login, status and a task work; the proxy sees neither token nor key', async () => {
    await machine.run(['config', 'set', 'ca-file', ca()]);
    const login = await machine.signIn(url, '--json');
    expect(expectShape('profile-login', login.stdout), login.stderr).toMatchObject({
      url,
      identity: { id: ADA_ID },
    });
    const status = await machine.run(['profile', 'status', '--json']);
    expect(expectShape('profile-status', status.stdout)).toMatchObject({
      state: 'valid',
      connection: { state: 'ok' },
    });
    const path = machine.agent(`
      const settings = JSON.parse(require('node:fs').readFileSync(process.argv[process.argv.indexOf('--settings') + 1], 'utf8'));
      const { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_DEFAULT_MODEL: model } = settings.env;
      const body = JSON.stringify({ model, max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hello' }] });
      fetch(base + '/v1/messages', { method: 'POST', body, headers: { authorization: 'Bearer ' + key, 'content-type': 'application/json' } })
        .then(async (answer) => console.log(answer.status, (await answer.text()).includes('message_stop')));`);
    const task = await machine.run(['--task', 'x'], { bin: 'codemie-claude.js', env: { PATH: path } });
    expect([task.code, task.stdout], task.stderr).toEqual([0, '200 true\n']);
    expect((await machine.run(['profile', 'refresh'])).code).toBe(0);
    const doctor = await machine.run(['doctor', '--only', 'network,tls,platform']);
    expect(doctor.stdout).toContain(CA);
    expect((await machine.run(['profile', 'logout', '--json'])).stdout).toContain('"revoked":"yes"');
    expect(machine.output).not.toContain(PASSWORD);
    expect(readFileSync(join(folder, 'access.log'), 'utf8')).toMatch(
      new RegExp(`CONNECT ${NAME}:\\d+ ${USER}`),
    );
  });

  it.each([
    ['--ca-file', () => [['--ca-file', ca()], {}] as const],
    ['CODEMIE_CA_FILE', () => [[], { CODEMIE_CA_FILE: ca() }] as const],
    ['NODE_EXTRA_CA_CERTS', () => [[], { NODE_EXTRA_CA_CERTS: ca() }] as const],
  ])('%s adds the CA to the default roots', async (_name, given) => {
    const [flags, env] = given();
    const login = await machine.run(
      ['profile', 'login', '--url', url, '--store', 'encrypted-file', '--json', ...flags],
      { env },
    );
    expect([login.code, login.stderr]).toEqual([0, expect.stringContaining('Signing in with')]);
  });

  it.each([
    ['no CA', () => [] as string[]],
    ['a wrong CA', () => ['--ca-file', join(folder, 'other.pem')]],
  ])('S41: with %s nothing is sent, and the error names the certificate’s issuer', async (_what, flags) => {
    for (const extra of [{}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }]) {
      const login = await machine.run(
        ['profile', 'login', '--url', url, '--store', 'encrypted-file', '--json', ...flags()],
        { env: extra },
      );
      expect([login.code, expectShape('error', login.stdout)['error']]).toMatchObject([
        5,
        { code: 'TLS_UNTRUSTED', message: expect.stringContaining(`issued by "Example Corp, ${CA}"`) },
      ]);
    }
  });

  it('a wrong proxy password is reported as such', async () => {
    const env = { HTTPS_PROXY: `http://${USER}:wrong-one@127.0.0.1:${proxyPort}`, CODEMIE_CA_FILE: ca() };
    const login = await machine.run(
      ['profile', 'login', '--url', url, '--store', 'encrypted-file', '--json'],
      {
        env,
      },
    );
    expect([login.code, login.stdout]).toEqual([
      5,
      expect.stringContaining('rejected the user name and password'),
    ]);
    expect(login.stdout + login.stderr).not.toContain('wrong-one');
  });
});

async function startSquid(folder: string, target: number): Promise<[ChildProcess, number]> {
  const port = await freePort();
  const hash = spawnSync('openssl', ['passwd', '-apr1', PASSWORD], { encoding: 'utf8' }).stdout.trim();
  mkdirSync(join(folder, 'cache'), { recursive: true });
  writeFileSync(join(folder, 'passwd'), `${USER}:${hash}\n`);
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 ${NAME}\n`);
  const log = join(folder, 'access.log');
  writeFileSync(log, '');
  writeFileSync(join(folder, 'cache.log'), '');
  writeFileSync(
    join(folder, 'squid.conf'),
    [
      `http_port 127.0.0.1:${port}`,
      `hosts_file ${join(folder, 'hosts')}`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${join(folder, 'passwd')}`,
      'auth_param basic realm corp',
      'acl known proxy_auth REQUIRED',
      `acl target port ${target}`,
      'http_access deny !target',
      'http_access allow known',
      'http_access deny all',
      `access_log stdio:${log}`,
      `cache_log ${join(folder, 'cache.log')}`,
      'cache deny all',
      `pid_filename none`,
      `coredump_dir ${folder}`,
      'shutdown_lifetime 1 seconds',
      'pinger_enable off',
      'visible_hostname proxy.corp.test',
    ].join('\n'),
  );
  // When started as root, squid switches to its own user, who must be able to write its logs.
  chmodSync(folder, 0o755);
  for (const name of ['access.log', 'cache.log', 'passwd']) chmodSync(join(folder, name), 0o666);
  const child = spawn('squid', ['-N', '-f', join(folder, 'squid.conf')], { stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return [child, port];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`squid did not start: ${readFileSync(join(folder, 'cache.log'), 'utf8')}`);
}
