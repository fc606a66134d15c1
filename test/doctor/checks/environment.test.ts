import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { configPath } from '../../../src/config/file.ts';
import { saveProfile } from '../../../src/config/write.ts';
import { environment } from '../../../src/doctor/checks/environment.ts';
import { examine } from '../../../src/doctor/examine.ts';
import { type TestContext, testContext } from '../../support/context.ts';

async function detailIn(context: TestContext, profile?: string): Promise<string | undefined> {
  const { checks } = await examine(context, [environment], { offline: true, profile });
  return checks[0]?.detail;
}

const env = {
  CODEMIE_HOME: undefined,
  CODEMIE_URL: 'https://platform.example',
  CODEMIE_JWT_TOKEN: 'a.secret.token',
  CODEMIE_MODEL: 'gpt',
};

it('names the variables that are set, and those that override the profile', async () => {
  const detail = await detailIn(testContext({ env }));
  expect(detail).toBe(
    'set: CODEMIE_URL, CODEMIE_MODEL, CODEMIE_JWT_TOKEN; CODEMIE_URL, CODEMIE_MODEL override the profile',
  );
});

it('does not say that CODEMIE_URL overrides a profile that keeps its own address', async () => {
  const context = testContext({ env: { ...env, CODEMIE_MODEL: undefined } });
  const llm = { provider: 'litellm', baseUrl: 'https://llm.example/v1' };
  await saveProfile(context, 'llm', llm, { activate: true });
  expect(await detailIn(context, 'llm')).toBe('set: CODEMIE_URL, CODEMIE_JWT_TOKEN');
  expect(await detailIn(context)).toContain('CODEMIE_URL overrides the profile');
});

it('still lists the variables when the settings are broken', async () => {
  const context = testContext({ env });
  mkdirSync(context.home, { recursive: true });
  writeFileSync(configPath(context.home), '{');
  expect(await detailIn(context)).toBe('set: CODEMIE_URL, CODEMIE_MODEL, CODEMIE_JWT_TOKEN');
});

it('says when none is set', async () => {
  expect(await detailIn(testContext({ env: { CODEMIE_HOME: undefined } }))).toBe(
    'no CodeMie variables are set',
  );
});

it.each([
  ['CODEMIE_PROXY_PORT', 'abc'],
  ['CODEMIE_TIMEOUT', 'soon'],
  ['CODEMIE_PROJECT', 'проект'],
  ['CODEMIE_INTEGRATION_ID', 'two words'],
])('is not well when the next launch refuses %s', async (name, value) => {
  const { ok, cause, checks } = await examine(testContext({ env: { [name]: value } }), [environment], {
    offline: true,
  });
  expect([ok, cause, checks[0]?.status]).toEqual([false, 'environment', 'fail']);
  expect(JSON.stringify(checks[0])).toContain(name);
});

it('warns when the fixed port of the gateway is in use, as the next launch will fail', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = String((server.address() as AddressInfo).port);
  const context = testContext({ env: { CODEMIE_PROXY_PORT: port } });
  const find = async () => (await examine(context, [environment], { offline: true })).checks[0];
  expect(await find()).toMatchObject({
    status: 'warn',
    detail: `Port ${port} (CODEMIE_PROXY_PORT) is already in use.`,
    fix: ['unset CODEMIE_PROXY_PORT'],
  });
  await new Promise((resolve) => server.close(resolve));
  expect(await find()).toMatchObject({ status: 'ok' });
});
