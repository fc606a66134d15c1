import { expect, it } from 'vitest';
import { later, platform, stopClock, story } from './story.ts';

it('a session of the platform’s gateway: missing, signed in, valid, renewed, ended, signed in again', async () => {
  stopClock();
  const codemie = await platform({ autoApprove: 'ada', signIn: 'hand-off', front: 'guarded' });
  const ada = story();
  const signIn = `profile login --url ${codemie.url} --store plaintext-file --as ada@sandbox.example`;

  // Missing.
  expect(await ada.status()).toMatchObject({ code: 4, state: 'missing' });

  // Signed in. The gateway names the expiry with its first renewal.
  expect(await ada.run(signIn)).toMatchObject({ code: 0, stderr: expect.stringContaining('Signed in to') });

  // Valid.
  const valid = { code: 0, state: 'valid', email: 'ada@sandbox.example' };
  expect(await ada.status()).toMatchObject({ ...valid, text: expect.stringContaining('SSO session') });
  expect(await ada.run('token --json')).toMatchObject({
    code: 4,
    stdout: expect.stringContaining('TOKEN_UNSUPPORTED'),
  });

  // Each day of use renews it for another week.
  const week = 7 * 24 * 60;
  for (const _day of [
    'Tuesday',
    'Wednesday',
    'Thursday',
    'Friday',
    'Saturday',
    'Sunday',
    'Monday',
    'Tuesday',
  ]) {
    later('1d');
    expect(await ada.status()).toMatchObject({ ...valid, minutesLeft: week });
  }

  // Ended: unused for longer than its life.
  later('8d');
  expect(await ada.status()).toMatchObject({
    code: 4,
    state: 'ended',
    fix: `codemie profile login --url ${codemie.url}`,
  });

  // Signed in again.
  expect((await ada.run(signIn)).code).toBe(0);
  expect(await ada.status()).toMatchObject(valid);
  expect((await ada.run('profile logout')).code).toBe(0);
  expect(await ada.status()).toMatchObject({ code: 4, state: 'missing' });
});
