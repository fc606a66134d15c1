import { expect, it } from 'vitest';
import { notRenewable } from '../../src/credentials/errors.ts';
import { unreachable } from '../../src/net/unreachable.ts';
import { CodemieError } from '../../src/system/errors.ts';
import { fakePlatform, get, jwtCredential, post, testGateway } from '../support/platform.ts';

const REFUSED = '{"error":{"message":"Invalid JWT: expired","details":null,"help":null}}';

it('a gateway reports whether its sign-in has ended, and why', async () => {
  let status = 200;
  const platform = await fakePlatform((request, response) => {
    request.resume().once('end', () => response.writeHead(status).end(status === 200 ? '{}' : REFUSED));
  });
  let act = async () => jwtCredential(platform.origin);
  const gateway = await testGateway(platform.origin, { fresh: () => act() });
  const state = async (): Promise<unknown> => JSON.parse((await get(gateway, '/status')).body);
  expect(await state()).toEqual({ signIn: 'valid' });
  status = 401;
  await post(gateway, '/v1/messages');
  expect(await state()).toEqual({
    signIn: 'ended',
    message: expect.stringContaining('Invalid JWT: expired'),
  });
  // Another credential has replaced it and has not been refused.
  act = async () => jwtCredential(platform.origin, 'a-token-of-later');
  expect(await state()).toEqual({ signIn: 'valid' });
  act = async () => Promise.reject(notRenewable());
  expect(await state()).toEqual({
    signIn: 'ended',
    message: expect.stringContaining('codemie profile login'),
  });
  act = async () => Promise.reject(unreachable(new URL(platform.origin), 'refused the connection'));
  expect(await state()).toMatchObject({ signIn: 'unreachable' });
});

it('a gateway that answered "your session has ended" also reports it in its status', async () => {
  const platform = await fakePlatform((request, response) => {
    request.resume().once('end', () => response.writeHead(401).end(REFUSED));
  });
  const revoked = new CodemieError({
    code: 'AUTH_REVOKED',
    message: 'Your session has ended.',
    fix: 'codemie profile login',
  });
  // The token has not expired by its own dates; only its refresh shows that the session has ended.
  const renew = async () => Promise.reject(revoked);
  const gateway = await testGateway(platform.origin, { refreshable: true, renew });
  expect((await post(gateway, '/v1/messages')).body).toContain('Your session has ended.');
  expect(JSON.parse((await get(gateway, '/status')).body)).toEqual({
    signIn: 'ended',
    message: 'Your session has ended. Run: codemie profile login',
  });
});

it('a gateway whose program was updated while it ran says so, without paths', async () => {
  const platform = await fakePlatform((_request, response) => void response.end('{}'));
  const gone = Object.assign(
    new Error("Cannot find module './oidc.cjs'\nRequire stack:\n- /opt/codemie.cjs"),
    {
      code: 'MODULE_NOT_FOUND',
    },
  );
  const gateway = await testGateway(platform.origin, { fresh: async () => Promise.reject(gone) });
  const message = expect.stringMatching(/^codemie was updated while this gateway ran\. .* start it again\.$/);
  expect(JSON.parse((await get(gateway, '/status')).body)).toEqual({ signIn: 'unreachable', message });
  const { status, headers, body } = await post(gateway, '/v1/messages');
  expect([status, headers['x-should-retry'], JSON.parse(body)]).toMatchObject([
    502,
    'false',
    { error: { message } },
  ]);
});
