import { expect, it } from 'vitest';
import { openPipelineAccess } from '../../src/sign-in/ci/pipeline-access.ts';
import { failureOf } from '../sign-in/support.ts';
import { testContext } from '../support/context.ts';
import { later, platform, stopClock, story } from './story.ts';

it('the identity of a pipeline: missing, signed in, valid, expired, signed in again by the next job', async () => {
  stopClock();
  const codemie = await platform({ accessTokenTtl: 600 });
  const identity = (): Promise<string> =>
    codemie.mintToken({ user: 'ada', audience: codemie.issuer, ttlSeconds: 300 });
  const job = story({ CI: 'true' });
  const signIn = `profile login --url ${codemie.url} --ci --store plaintext-file`;

  // Missing: a job without an identity is not signed in.
  expect(await job.status()).toMatchObject({ code: 4, state: 'missing' });
  expect(await job.run(`${signIn} --json`)).toMatchObject({
    code: 4,
    stdout: expect.stringContaining('CI_IDENTITY'),
  });

  // Signed in, without a secret.
  job.env['CODEMIE_ID_TOKEN'] = await identity();
  expect(await job.run(signIn)).toMatchObject({ code: 0, stderr: expect.stringContaining('Signed in to') });

  // Valid until its only token expires.
  const valid = {
    code: 0,
    state: 'valid',
    minutesLeft: 10,
    refreshable: false,
    email: 'ada@sandbox.example',
  };
  expect(await job.status()).toMatchObject(valid);

  // Expired: it is not renewed automatically.
  later('15m');
  expect(await job.status()).toMatchObject({ code: 4, state: 'expired' });
  expect(await job.run('token --json')).toMatchObject({
    code: 4,
    stdout: expect.stringContaining('AUTH_EXPIRED'),
  });

  // The identity of that job has ended too; the next job has a new one.
  expect(await job.run(`${signIn} --json`)).toMatchObject({
    code: 4,
    stdout: expect.stringContaining('CI_REFUSED'),
  });
  job.env['CODEMIE_ID_TOKEN'] = await identity();
  expect((await job.run(signIn)).code).toBe(0);
  expect(await job.status()).toMatchObject(valid);
});

it('a launch with --ci renews by repeating the exchange, for as long as the job has an identity', async () => {
  stopClock();
  const codemie = await platform({ accessTokenTtl: 600 });
  const identity = await codemie.mintToken({ user: 'ada', audience: codemie.issuer, ttlSeconds: 3600 });
  const context = testContext({ env: { CODEMIE_URL: codemie.url, CODEMIE_ID_TOKEN: identity } });
  const access = await openPipelineAccess(context, {});
  const first = await access.fresh();
  expect(await access.fresh()).toBe(first);
  later('15m');
  const second = await access.fresh();
  expect(second).not.toBe(first);
  expect(second.expiresAt).toBe(Date.now() + 600_000);
  // The job outlives its identity.
  later('2h');
  expect((await failureOf(access.fresh())).code).toBe('CI_REFUSED');
});
