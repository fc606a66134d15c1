import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { linesToCopy } from '../../../src/commands/gateway/lines-to-copy.ts';
import { addressesOf } from '../../../src/gateway/service.ts';
import { interrupted } from '../../../src/system/errors.ts';
import { outcomeOf } from '../../support/commands.ts';
import { testContext } from '../../support/context.ts';
import { freePort } from '../../support/free-port.ts';
import { type Person, person, sandboxFor, signedIn } from '../../support/person.ts';
import { root } from '../../support/program.ts';
import { expectShape } from '../../support/schemas.ts';

/** Other commands on the same machine, while its gateway runs. */
const beside = ({ context }: Person) => {
  const other = testContext({ env: context.env as Record<string, string> });
  return (line: string) => outcomeOf(other, ...line.split(' '));
};

it('gateway start shows how editors use it, status where it runs, and a signal ends it with exit 0', async () => {
  const ada = await signedIn();
  const run = beside(ada);
  const started = ada.run('gateway start');
  await expect
    .poll(() => ada.context.out.stderr, { timeout: 10_000 })
    .toMatch(/http:\/\/127\.0\.0\.1:\d+\/v1/);
  const status = expectShape<{ url: string; key: string }>(
    'gateway-status',
    (await run('gateway status --json')).stdout,
  );
  expect(status).toMatchObject({ running: true, origin: ada.url, pid: process.pid });
  const text = await run('gateway status');
  expect([text.code, text.stdout]).toEqual([0, expect.stringContaining(status.url)]);
  expect(text.stdout).not.toContain(status.key);
  expect((await fetch(`${status.url}/v1/models`, { headers: { 'x-api-key': status.key } })).status).toBe(200);
  // One gateway per installation.
  expect(await run('gateway start')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('[GATEWAY_RUNNING]'),
  });

  ada.context.stop(interrupted('SIGTERM'));
  expect((await started).code).toBe(0);
  expect(await run('gateway status --json')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"running":false'),
  });
});

/** Starts a gateway, calls `use` while it runs, and stops it. @returns what it printed on stderr. */
async function whileRunning(
  ada: Person,
  flags: string,
  use: (gateway: { url: string; port: number }) => Promise<void> = async () => undefined,
): Promise<string> {
  const other = person({ env: ada.context.env as Record<string, string> });
  const ended = other.run(`gateway start ${flags}`.trim());
  await expect.poll(() => other.context.out.stderr, { timeout: 10_000 }).toContain('GEMINI_API_KEY');
  const status = await beside(ada)('gateway status --json');
  await use(expectShape<{ url: string; port: number }>('gateway-status', status.stdout));
  other.context.stop(interrupted('SIGTERM'));
  expect((await ended).code).toBe(0);
  return other.context.out.stderr;
}

it('gateway start prints one line to copy for each API, and the key as a command', async () => {
  const ada = await signedIn();
  let address = '';
  const said = await whileRunning(ada, '', async ({ url }) => {
    address = url;
  });
  expect(said.split('\n')).toEqual(
    expect.arrayContaining([
      '  Key        KEY=$(codemie gateway status --json | jq -r .key)',
      `  OpenAI     export OPENAI_BASE_URL=${address}/v1 OPENAI_API_KEY=$KEY`,
      `  Anthropic  export ANTHROPIC_BASE_URL=${address} ANTHROPIC_AUTH_TOKEN=$KEY`,
      `  Gemini     export GOOGLE_GEMINI_BASE_URL=${address} GEMINI_API_KEY=$KEY`,
    ]),
  );
});

it.each([
  [
    'PowerShell',
    { PSModulePath: 'C:\\Users\\ada\\Documents\\PowerShell\\Modules' },
    [
      '  Key        $KEY=(codemie gateway status --json | ConvertFrom-Json).key',
      "  Anthropic  $env:ANTHROPIC_BASE_URL='http://127.0.0.1:4180'; $env:ANTHROPIC_AUTH_TOKEN=$KEY",
    ],
  ],
  [
    'cmd.exe',
    {},
    [
      '  Key        codemie gateway status --json     and then: set KEY=<the value of "key">',
      '  Anthropic  set ANTHROPIC_BASE_URL=http://127.0.0.1:4180& set ANTHROPIC_AUTH_TOKEN=%KEY%',
    ],
  ],
  [
    'Git Bash',
    { MSYSTEM: 'MINGW64' },
    [
      '  Key        KEY=$(codemie gateway status --json | jq -r .key)',
      '  Anthropic  export ANTHROPIC_BASE_URL=http://127.0.0.1:4180 ANTHROPIC_AUTH_TOKEN=$KEY',
    ],
  ],
])(
  'the lines are for the shell on Windows: %s; a provider with one API gets one line',
  (_shell, env, lines) => {
    const addresses = addressesOf('http://127.0.0.1:4180', ['anthropic']);
    expect(linesToCopy(addresses, { platform: 'win32', env }).slice(1, -1)).toEqual(lines);
  },
);

it('the port stays the same at the next start, until another one is chosen', async () => {
  const ada = await signedIn();
  const ports: number[] = [];
  const note = async ({ port }: { port: number }): Promise<void> => void ports.push(port);
  await whileRunning(ada, '', note);
  await whileRunning(ada, '', note);
  const chosen = await freePort();
  await whileRunning(ada, `--port ${chosen}`, note);
  await whileRunning(ada, '', note);
  const [first, second, ...rest] = ports;
  expect([second, rest]).toEqual([first, [chosen, chosen]]);

  // Editors would talk to a program that took it.
  const other = createServer().listen(chosen, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  expect(await ada.run('gateway start')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /Port \d+ \(as at the last start\) is already in use.*\[GATEWAY_PORT\].*--port/s,
    ),
  });
  await whileRunning(ada, '--port 0', note);
  expect(ports.at(-1)).not.toBe(chosen);
});

it('status says to whom else a gateway is open', async () => {
  const ada = await signedIn();
  const flags = '--allow-host host.docker.internal --allow-origin https://editor.example.com';
  await whileRunning(ada, flags, async (status) => {
    expect(status).toMatchObject({
      allowHosts: ['host.docker.internal'],
      allowOrigins: ['https://editor.example.com'],
    });
    expect((await beside(ada)('gateway status')).stdout).toContain(
      'Also open to host.docker.internal, https://editor.example.com, with the key.',
    );
  });
  expect((await ada.run('gateway start --allow-origin *')).code).toBe(2);
});

it('status asks the platform, so that it says what the next client would hear', async () => {
  const { url, controlUrl } = await sandboxFor();
  const fault = (method: string, name?: string): Promise<unknown> =>
    fetch(`${controlUrl}/faults`, {
      method,
      ...(name === undefined ? {} : { body: JSON.stringify({ fault: name }) }),
    });
  const ada = person();
  expect((await ada.run(`profile login --url ${url} --store plaintext-file`)).code).toBe(0);
  await whileRunning(ada, '', async () => {
    await fault('POST', 'drop');
    const gone = await beside(ada)('gateway status --json');
    expect([gone.code, JSON.parse(gone.stdout)]).toMatchObject([5, { signIn: 'unreachable' }]);
    await fault('DELETE');
    await fault('POST', 'api-401');
    const refused = await beside(ada)('gateway status --json');
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([4, { signIn: 'ended' }]);
    expect((await beside(ada)('gateway status')).stdout).toContain('Requests are being rejected.');
    await fault('DELETE');
    expect((await beside(ada)('gateway status')).code).toBe(0);
  });
});

it('a gateway whose sign-in has ended says so, with exit 4', async () => {
  const ada = await signedIn();
  const run = beside(ada);
  const started = ada.run('gateway start --json');
  await expect.poll(() => ada.context.out.stdout, { timeout: 10_000 }).toContain('"url"');
  const { url, key } = expectShape<{ url: string; key: string }>('gateway-start', ada.context.out.stdout);
  const out = await run('profile logout');
  expect(out.stderr).toContain(url);
  const ask = async (): Promise<number> =>
    (await fetch(`${url}/v1/models`, { headers: { 'x-api-key': key } })).status;
  await expect.poll(ask, { timeout: 5000 }).toBe(401);
  const status = await run('gateway status --json');
  expect([status.code, expectShape('gateway-status', status.stdout)]).toMatchObject([4, { signIn: 'ended' }]);
  ada.context.stop(interrupted('SIGINT'));
  expect((await started).code).toBe(0);
});

it('without a gateway, status and stop say how to start one', async () => {
  const ada = person();
  const status = await ada.run('gateway status');
  expect([status.code, status.stdout]).toEqual([1, expect.stringContaining('codemie gateway start')]);
  expect(await ada.json('gateway stop')).toMatchObject({ stopped: [] });
  expect((await ada.run('gateway stop')).code).toBe(0);
});

it('gateway stop says that a gateway started as administrator cannot be stopped from here', async () => {
  const ada = await signedIn();
  await whileRunning(ada, '', async () => {
    const kill = process.kill.bind(process);
    vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
      if (signal === 'SIGTERM') throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
      return kill(pid, signal);
    });
    const { code, stderr } = await beside(ada)('gateway stop');
    vi.restoreAllMocks();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/\(EPERM\): it was started as administrator.*\[GATEWAY_RUNNING\]/),
    ]);
  });
});

it('gateway start fails when you are not signed in', async () => {
  expect(await person().run('gateway start')).toMatchObject({ code: 4, stdout: '' });
});

it.each(['70000', 'x', '-1'])('--port %s is a usage error', async (port) => {
  expect(await person().run(`gateway start --port=${port}`)).toMatchObject({ code: 2 });
});

it('a port in use names the flag that chose it', async () => {
  const ada = await signedIn();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  expect(await ada.run(`gateway start --port ${port}`)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/--port.*\[GATEWAY_PORT\]/s),
  });
});

it.each([
  ['`openai`', '/v1'],
  ['`@anthropic-ai/sdk`', ''],
  ['`@google/genai`', ''],
  ['`@ai-sdk/openai-compatible`', '/v1'],
  ['`@ai-sdk/anthropic`', '/v1'],
  ['`@ai-sdk/google`', '/v1beta'],
  ['Continue', '/v1'],
  ['qwen-code', '/v1'],
  ['Codex', '/v1'],
  ['OpenCode', '/v1'],
  ['Gemini CLI', ''],
  ['Claude Code', ''],
])('the guide gives %s the address that the tests of real clients use: …%s', (client, path) => {
  const rows = readFileSync(join(root, 'docs', 'user-guide.md'), 'utf8')
    .split('\n')
    .filter((row) => row.startsWith('| ') && row.includes(client) && row.includes('127.0.0.1:4180'));
  expect(rows).not.toEqual([]);
  for (const row of rows) expect(row).toContain(`| \`http://127.0.0.1:4180${path}\` |`);
});
