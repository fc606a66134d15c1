import { expect, it } from 'vitest';
import { later, platform, stopClock, story } from './story.ts';

it('a bearer token: missing, signed in, valid, replaced, expired, signed in again', async () => {
  stopClock();
  const codemie = await platform();
  const token = (): Promise<string> => codemie.mintToken({ user: 'bob', ttlSeconds: 3600 });
  const bob = story();
  const signIn = `profile login --url ${codemie.url} --store plaintext-file --with-token`;

  // Missing.
  expect(await bob.status()).toMatchObject({ code: 4, state: 'missing' });

  // Signed in, with a piped token.
  const first = await token();
  expect(await bob.run(signIn, `${first}\n`)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Signed in to'),
  });

  // Valid, and printed unchanged.
  const valid = {
    code: 0,
    state: 'valid',
    minutesLeft: 60,
    refreshable: false,
    email: 'bob@sandbox.example',
  };
  expect(await bob.status()).toMatchObject({
    ...valid,
    text: expect.stringMatching(/Signed in with: +token/),
  });
  expect((await bob.run('token')).stdout).toBe(`${first}\n`);

  // It cannot be renewed, so it is replaced in time.
  later('50m');
  const cannot = await bob.run('profile refresh --json');
  expect([cannot.code, JSON.parse(cannot.stdout).error.code]).toEqual([4, 'AUTH_NOT_RENEWABLE']);
  expect(await bob.status()).toMatchObject({ code: 0, minutesLeft: 10 });
  expect((await bob.run(signIn, await token())).code).toBe(0);
  expect(await bob.status()).toMatchObject(valid);

  // Expired.
  later('2h');
  expect(await bob.status()).toMatchObject({
    code: 4,
    state: 'expired',
    minutesLeft: -60,
    email: 'bob@sandbox.example',
  });
  expect(await bob.run('token --json')).toMatchObject({
    code: 4,
    stdout: expect.stringContaining('AUTH_EXPIRED'),
  });

  // Signed in again.
  expect((await bob.run(signIn, await token())).code).toBe(0);
  expect(await bob.status()).toMatchObject(valid);
});

it('a bearer token in the environment is used until it expires, and hides the stored one', async () => {
  stopClock();
  const codemie = await platform({ autoApprove: 'ada' });
  const ada = story();
  await ada.run(`profile login --url ${codemie.url} --store plaintext-file`);
  ada.env['CODEMIE_JWT_TOKEN'] = await codemie.mintToken({ user: 'bob', ttlSeconds: 3600 });
  expect(await ada.status()).toMatchObject({
    code: 0,
    state: 'valid',
    minutesLeft: 60,
    email: 'bob@sandbox.example',
  });
  later('2h');
  expect(await ada.status()).toMatchObject({
    code: 4,
    state: 'expired',
    fix: expect.stringContaining('CODEMIE_JWT_TOKEN'),
  });
  delete ada.env['CODEMIE_JWT_TOKEN'];
  expect(await ada.status()).toMatchObject({ code: 0, state: 'valid', email: 'ada@sandbox.example' });
});
