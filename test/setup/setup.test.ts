import { expect, it } from 'vitest';
import { runSetup } from '../../src/setup/run.ts';
import { STEPS } from '../../src/setup/steps.ts';
import { browse } from '../support/browser.ts';
import { testContext } from '../support/context.ts';
import { cookieGateway } from '../support/cookie-gateway.ts';

it('asks the platform what it offers only once, even when it signs in', async () => {
  const gateway = await cookieGateway();
  const context = testContext({
    env: { BROWSER: 'a-browser' },
    onOpen: async (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
  const flags = { url: gateway.url, method: 'sso', store: 'plaintext-file', as: 'ada@x.example' } as const;
  await runSetup(context, STEPS, { ...flags, device: false, noBrowser: false, timeoutMs: 20_000 });
  expect(context.out.stderr).toContain('Signed in as ada@x.example');
  const once = ['/config.js', '/v1/info', '/v1/config', '/v1/healthcheck'].map(
    (path) => gateway.asked.filter((asked) => asked.endsWith(path)).length,
  );
  expect(once).toEqual([1, 1, 1, 1]);
});
