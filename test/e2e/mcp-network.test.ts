import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { type FarServers, farServers } from '../support/far-servers.ts';
import { Machine } from '../support/program.ts';
import { noOpenssl } from '../support/tls-server.ts';

const URL_ = 'https://mcp.example/mcp';
const HELLO = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'agent', version: '1' } },
};

describe.skipIf(noOpenssl)("a company's proxy, and a certificate that only the company knows", () => {
  const machine = new Machine();
  let far: FarServers;
  let file: string;
  beforeAll(async () => {
    far = await farServers(['mcp.example']);
    file = join(machine.folder, 'company-ca.pem');
    writeFileSync(file, far.cert);
  });
  afterAll(async () => {
    far.close();
    await machine.dispose();
  });

  /** Variables of `.mcp.json`, and arguments. */
  type Way = (file: string) => { readonly env?: Record<string, string>; readonly args?: readonly string[] };
  const WAYS: readonly (readonly [string, Way])[] = [
    ['NODE_EXTRA_CA_CERTS', (ca) => ({ env: { NODE_EXTRA_CA_CERTS: ca } })],
    ['CODEMIE_CA_FILE', (ca) => ({ env: { CODEMIE_CA_FILE: ca } })],
    ['--ca-file', (ca) => ({ args: ['--ca-file', ca] })],
  ];

  const server = async (): Promise<void> => {
    const fake = await fakeMcp();
    far.leadTo(Number(new URL(fake.origin).port));
  };
  const check = async (way: Way | undefined) => {
    const { env = {}, args = [] } = way?.(file) ?? {};
    const result = await machine.run(['mcp', 'check', URL_, '--json', ...args], {
      env: { ...far.env, ...env },
    });
    return {
      code: result.code,
      report: JSON.parse(result.stdout) as { steps: { id: string; detail: string }[] },
    };
  };

  it.each(WAYS)('codemie mcp check trusts it by %s', async (_, way) => {
    await server();
    expect((await check(way)).code).toBe(0);
    expect(new Set(far.asked)).toEqual(new Set(['mcp.example:443']));
  });

  it('codemie mcp check trusts it by the setting ca-file', async () => {
    await server();
    expect((await machine.run(['config', 'set', 'ca-file', file])).code).toBe(0);
    expect((await check(undefined)).code).toBe(0);
    expect((await machine.run(['config', 'unset', 'ca-file'])).code).toBe(0);
  });

  it('without any of them it exits with 5, and names host, issuer and proxy', async () => {
    await server();
    const { code, report } = await check(undefined);
    expect(code).toBe(5);
    const { detail = '' } = report.steps.find(({ id }) => id === 'initialize') ?? {};
    expect(detail).toMatch(
      /mcp\.example has a certificate that isn't trusted .*through the proxy 127\.0\.0\.1:\d+/,
    );
    expect(detail).toContain('issued by "x"');
  });

  it.each(WAYS)('codemie-mcp-proxy trusts it by %s', async (_, way) => {
    await server();
    const { env = {}, args = [] } = way(file);
    const child = machine.start([URL_, ...args], {
      bin: 'codemie-mcp-proxy.js',
      env: { ...far.env, ...env },
      input: { open: true },
    });
    const reader = createInterface({ input: child.stdout! });
    child.stdin?.write(`${JSON.stringify(HELLO)}\n`);
    const [line] = (await once(reader, 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ id: 1, result: { serverInfo: { name: 'fake' } } });
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });
});
