import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { openAccess } from '../../src/credentials/find/find-access.ts';
import { revoke } from '../../src/credentials/lifecycle/revoke.ts';
import { createPlatform } from '../../src/platform-api/client.ts';
import { confirmApiBase } from '../../src/sign-in/confirm-api-base.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import { cookieGateway } from '../support/cookie-gateway.ts';
import { ADA_ID } from '../support/people.ts';
import { asked, person } from './support.ts';

describe('the API address that a platform reports (config.js)', () => {
  it('is used on the platform’s own origin for sign-in, calls, renewal and sign-out, and is saved', async () => {
    const gateway = await cookieGateway();
    gateway.apiUrl = '/api/v2/';
    const context = person();
    const { credential } = await signIn(context, asked(gateway.url));
    expect(readConfig(context.home).profiles['default']).toMatchObject({
      codeMieUrl: gateway.url,
      apiUrl: `${gateway.url}/api/v2`,
    });
    gateway.age();
    const access = await openAccess(context, {});
    expect((await createPlatform(context, gateway.url, access).user()).id).toBe(ADA_ID);
    expect(gateway.renewals()).toBe(1);
    await revoke(credential, context);
    const usual = gateway.asked.filter((path) => path.startsWith('/code-assistant-api'));
    expect(usual).toEqual(['/code-assistant-api/config.js']);
    for (const path of ['/v1/user', '/v1/user/log_out', '/v1/info'])
      expect(gateway.asked).toContain(`/api/v2${path}`);
  });

  it('is forgotten when the platform no longer reports it', async () => {
    const gateway = await cookieGateway();
    gateway.apiUrl = '/api/v2/';
    const context = person();
    const unusual = await signIn(context, asked(gateway.url));
    expect(unusual.credential).toHaveProperty('apiBase', `${gateway.url}/api/v2`);
    gateway.apiUrl = '';
    const usual = await signIn(context, asked(gateway.url));
    expect(usual.credential).not.toHaveProperty('apiBase');
    expect(readConfig(context.home).profiles['default']).not.toHaveProperty('apiUrl');
  });

  it('is kept while the platform does not respond', async () => {
    const gateway = await cookieGateway();
    gateway.apiUrl = '/api/v2/';
    const context = person();
    await signIn(context, asked(gateway.url));
    gateway.apiUrl = undefined;
    const { credential } = await signIn(context, asked(gateway.url));
    expect(credential).toHaveProperty('apiBase', `${gateway.url}/api/v2`);
  });

  it.each([
    ['no terminal to ask on', undefined],
    ['a user who says no', false],
  ])('S39: another origin receives nothing with %s', async (_name, says) => {
    const [gateway, elsewhere] = await Promise.all([cookieGateway(), cookieGateway()]);
    gateway.apiUrl = `${elsewhere.url}/api`;
    const context = person(says);
    const { origin, credential } = await signIn(context, asked(gateway.url));
    expect([origin, credential.origin]).toEqual([gateway.url, gateway.url]);
    expect(elsewhere.asked).toEqual([]);
    if (says === undefined)
      expect(context.out.stderr).toContain(
        "This address isn't used until you confirm it: if it is right, sign in from a terminal",
      );
  });

  it('another origin becomes the platform’s address once you confirm it', async () => {
    const [gateway, elsewhere] = await Promise.all([cookieGateway(), cookieGateway()]);
    gateway.apiUrl = `${elsewhere.url}/api`;
    const context = person(true);
    const { origin, credential } = await signIn(context, asked(gateway.url));
    expect([origin, credential.origin]).toEqual([elsewhere.url, elsewhere.url]);
    expect(readConfig(context.home).profiles['default']).toMatchObject({
      codeMieUrl: elsewhere.url,
      apiUrl: `${elsewhere.url}/api`,
    });
    expect(gateway.asked).toEqual(['/code-assistant-api/config.js']);
    // As in the hint of an ended session. That address does not have to report its API address.
    await signIn(context, asked(elsewhere.url));
    const usual = elsewhere.asked.filter((path) => path.startsWith('/code-assistant-api'));
    expect(usual).toEqual(['/code-assistant-api/config.js']);
  });

  it.each([
    'http://other.example/api',
    'ftp://other.example',
    'javascript:alert(1)',
    '//',
    'https://',
    '/code-assistant-api',
    '/CODE-assistant-api/',
  ])('%s changes nothing', async (apiUrl) => {
    const gateway = await cookieGateway();
    gateway.apiUrl = apiUrl;
    const context = person(true);
    const place = { origin: gateway.url, apiBase: `${gateway.url}/code-assistant-api` };
    expect(await confirmApiBase(context, place)).toEqual(place);
  });
});
