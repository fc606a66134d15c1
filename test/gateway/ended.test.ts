import { expect, it } from 'vitest';
import type { Access } from '../../src/credentials/access.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';
import { type FakePlatform, fakePlatform, jwtCredential, post } from '../support/platform.ts';

const ENDED = new CodemieError({
  code: 'AUTH_EXPIRED',
  message: 'The sign-in ended.',
  fix: 'codemie profile login',
});

async function watched(
  platform: FakePlatform,
  access: Partial<Access> = {},
  options: { readonly endedStatus?: () => number; readonly onBack?: () => void } = {},
): Promise<{ gateway: Gateway; said: string[] }> {
  const said: string[] = [];
  const gateway = await startGateway(testContext(), {
    access: { ...fixedAccess(platform.origin, jwtCredential(platform.origin)), ...access },
    client: 'codemie-claude',
    sessionId: 's',
    onEnded: (message) => said.push(message),
    ...options,
  });
  return { gateway, said };
}

it('the user hears once that the sign-in has ended, and again if it ends another time', async () => {
  const platform = await fakePlatform((_request, response) => void response.end('{}'));
  let isDead = true;
  const { gateway, said } = await watched(platform, {
    fresh: async () => {
      if (isDead) throw ENDED;
      return jwtCredential(platform.origin);
    },
  });
  const ask = async (dead: boolean): Promise<number> => {
    isDead = dead;
    return (await post(gateway, '/v1/messages')).status;
  };
  expect([await ask(true), await ask(true), said.length]).toEqual([401, 401, 1]);
  expect([await ask(false), await ask(true), await ask(true), said.length]).toEqual([200, 401, 401, 2]);
  expect(said[0]).toBe('The sign-in ended. Run: codemie profile login');
  await gateway.close();
});

it('the user hears that the platform refuses the sign-in, but not about a platform fault', async () => {
  let status = 401;
  const platform = await fakePlatform((_request, response) => void response.writeHead(status).end('{}'));
  const { gateway, said } = await watched(platform);
  for (status of [401, 503, 429, 401]) await post(gateway, '/v1/messages');
  expect(said).toEqual([expect.stringContaining('rejected the token')]);
  await gateway.close();
});

it('a gateway without a listener keeps working after the sign-in ended', async () => {
  const platform = await fakePlatform((_request, response) => void response.writeHead(401).end('{}'));
  const gateway = await startGateway(testContext(), {
    access: fixedAccess(platform.origin, jwtCredential(platform.origin)),
    client: 'codemie-claude',
    sessionId: 's',
  });
  expect((await post(gateway, '/v1/messages')).status).toBe(401);
  await gateway.close();
});

it('an agent that hides a 401, or retries it, gets another status with the same words', async () => {
  const platform = await fakePlatform((_request, response) => void response.end('{}'));
  const { gateway } = await watched(
    platform,
    { fresh: () => Promise.reject(ENDED) },
    { endedStatus: () => 412 },
  );
  const answer = await post(gateway, '/v1/messages');
  expect([answer.status, answer.body, answer.headers['x-should-retry']]).toEqual([
    412,
    expect.stringContaining('codemie profile login'),
    'false',
  ]);
  await gateway.close();
});

it('a sign-in that is valid again is reported once', async () => {
  const platform = await fakePlatform((_request, response) => void response.end('{}'));
  let isDead = true;
  let backs = 0;
  const fresh = async () => {
    if (isDead) throw ENDED;
    return jwtCredential(platform.origin);
  };
  const { gateway } = await watched(platform, { fresh }, { onBack: () => (backs += 1) });
  for (const dead of [false, true, true, false, false]) {
    isDead = dead;
    await post(gateway, '/v1/messages');
  }
  expect(backs).toBe(1);
  await gateway.close();
});
