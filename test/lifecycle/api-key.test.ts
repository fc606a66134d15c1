import { expect, it } from 'vitest';
import { fakePlatform } from '../support/platform.ts';
import { later, stopClock, story } from './story.ts';

it('an API key of a model provider: missing, saved, valid, valid without an expiry, revoked, saved again', async () => {
  stopClock();
  const good = new Set(['key-of-the-spring']);
  const provider = await fakePlatform((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const [status, body] = good.has(key)
      ? [200, { data: [{ id: 'gpt-5' }] }]
      : [401, { error: { message: 'no such key' } }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const carol = story();
  const keep = `profile login --api-key --provider litellm --url ${provider.origin} --store plaintext-file`;

  // Missing.
  expect(await carol.status()).toMatchObject({ code: 4, state: 'missing' });

  // Saved.
  expect((await carol.run(keep, 'key-of-the-spring\n')).code).toBe(0);

  // Valid.
  const valid = { code: 0, state: 'valid', minutesLeft: null, refreshable: false };
  expect(await carol.status()).toMatchObject({ ...valid, text: expect.stringContaining('API key') });
  expect((await carol.run('token')).stdout).toBe('key-of-the-spring\n');

  // There is nothing to renew, and no known expiry.
  later('400d');
  expect(await carol.run('profile refresh --json')).toMatchObject({
    code: 4,
    stdout: expect.stringContaining('AUTH_NOT_RENEWABLE'),
  });
  expect(await carol.status()).toMatchObject(valid);

  // Revoked by the provider.
  good.clear();
  expect(await carol.status()).toMatchObject({ code: 4, fix: expect.stringContaining('--api-key') });

  // Saved again.
  good.add('key-of-the-summer');
  expect((await carol.run(keep, 'key-of-the-summer')).code).toBe(0);
  expect(await carol.status()).toMatchObject(valid);
  expect((await carol.run('profile logout')).code).toBe(0);
  expect(await carol.status()).toMatchObject({ code: 4, state: 'missing' });
});
