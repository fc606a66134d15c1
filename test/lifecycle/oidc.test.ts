import { expect, it } from 'vitest';
import { endSessions, later, platform, stopClock, story } from './story.ts';

it('single sign-on: missing, signed in, valid, renewed, ended, signed in again', async () => {
  stopClock();
  const codemie = await platform({ autoApprove: 'ada', accessTokenTtl: 300 });
  const ada = story();
  const login = `codemie profile login --url ${codemie.url}`;
  const signIn = `profile login --url ${codemie.url} --store plaintext-file`;

  // Missing.
  expect(await ada.status()).toMatchObject({ code: 4, state: 'missing', email: undefined });
  expect(await ada.run('token')).toMatchObject({ code: 4, stdout: '' });

  // Signed in.
  const signedIn = await ada.run(signIn);
  expect([signedIn.code, signedIn.stderr]).toEqual([
    0,
    expect.stringContaining(`Signed in to ${codemie.url} as Ada Lovelace (ada@sandbox.example).`),
  ]);

  // Valid.
  const valid = { code: 0, state: 'valid', minutesLeft: 5, refreshable: true, email: 'ada@sandbox.example' };
  expect(await ada.status()).toMatchObject({
    ...valid,
    fix: null,
    text: expect.stringContaining('ada@sandbox.example'),
  });
  const first = await ada.run('token');
  expect((await ada.run('token')).stdout).toBe(first.stdout);

  // Renewed without user action: the next token is a new one.
  later('20m');
  const second = await ada.run('token');
  expect(second.code).toBe(0);
  expect(second.stdout).not.toBe(first.stdout);
  expect(await ada.status()).toMatchObject(valid);

  // Still signed in after a long weekend, and after a forced renewal.
  later('3d');
  expect((await ada.run('profile refresh')).code).toBe(0);
  expect(await ada.status()).toMatchObject(valid);

  // Ended by the server.
  await endSessions(codemie);
  expect(await ada.status()).toMatchObject({ code: 4, state: 'ended', fix: login });
  const refused = await ada.run('profile refresh --json');
  expect([refused.code, JSON.parse(refused.stdout).error]).toMatchObject([4, { code: 'AUTH_REVOKED' }]);

  // Signed in again, in the same profile.
  expect((await ada.run(signIn)).code).toBe(0);
  expect(await ada.status()).toMatchObject(valid);

  // Signed out by the user.
  expect((await ada.run('profile logout')).code).toBe(0);
  expect(await ada.status()).toMatchObject({ code: 4, state: 'missing' });
});

it('single sign-on also ends if it is unused for longer than the refresh token lives', async () => {
  stopClock();
  const codemie = await platform({ autoApprove: 'ada', refreshTokenTtl: 7 * 86_400 });
  const ada = story();
  const signIn = `profile login --url ${codemie.url} --store plaintext-file`;
  expect((await ada.run(signIn)).code).toBe(0);
  later('6d');
  expect(await ada.status()).toMatchObject({ code: 0, state: 'valid' });
  later('8d');
  expect(await ada.status()).toMatchObject({
    code: 4,
    state: 'ended',
    fix: expect.stringContaining('codemie profile login'),
  });
  expect((await ada.run(signIn)).code).toBe(0);
  expect(await ada.status()).toMatchObject({ code: 0, state: 'valid' });
});
