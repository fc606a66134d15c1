import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../src/net/http.ts';
import { identityProviderOf } from '../../../src/platform-api/discover/identity-provider.ts';
import { testContext } from '../../support/context.ts';

const ORIGIN = 'https://platform.example';
const BASE = `${ORIGIN}/code-assistant-api`;
const REALM = 'https://idp.example/realms/work';
const LOGIN = `${REALM}/protocol/openid-connect/auth`;

type Page = Record<string, unknown> | string;

/** A string is a redirect to that address. */
async function ask(pages: Readonly<Record<string, Page>>) {
  const asked: HttpRequest[] = [];
  const http = async (request: HttpRequest) => {
    asked.push(request);
    const page = pages[request.url.split('?')[0] ?? ''];
    const isRedirect = typeof page === 'string';
    return {
      status: page === undefined ? 404 : isRedirect ? 302 : 200,
      headers: isRedirect ? { location: page } : {},
      setCookie: [],
      body: Buffer.from(JSON.stringify(page ?? {})),
    };
  };
  const found = await identityProviderOf(testContext({ override: { http } }), ORIGIN, BASE);
  return { found, asked };
}

const document = (issuer: string, authorization: string): Page => ({
  issuer,
  authorization_endpoint: authorization,
});

describe('the identity provider of a platform that does not publish it', () => {
  it.each([
    [
      'Keycloak, directly from the API',
      { [`${BASE}/v1/user`]: `${LOGIN}?client_id=codemie&state=s` },
      REALM,
      LOGIN,
      REALM,
    ],
    [
      'Keycloak behind the gateway’s start page',
      { [`${BASE}/v1/user`]: '/oauth2/start?rd=%2F', [`${ORIGIN}/oauth2/start`]: `${LOGIN}?client_id=x` },
      REALM,
      LOGIN,
      REALM,
    ],
    [
      'Keycloak behind a gateway with its own page',
      { [`${ORIGIN}/oauth2/start`]: LOGIN },
      REALM,
      LOGIN,
      REALM,
    ],
    [
      'Entra ID, whose endpoint is not below its issuer',
      { [`${BASE}/v1/user`]: 'https://login.example/t1/oauth2/v2.0/authorize' },
      'https://login.example/t1/v2.0',
      'https://login.example/t1/oauth2/v2.0/authorize',
      'https://login.example/t1/v2.0',
    ],
    [
      'a provider at the root, with a trailing slash in its issuer',
      { [`${BASE}/v1/user`]: 'https://idp.example/authorize' },
      'https://idp.example',
      'https://idp.example/authorize',
      'https://idp.example/',
    ],
  ])('is found from the redirect: %s', async (_name, redirects, at, endpoint, issuer) => {
    const { found, asked } = await ask({
      ...redirects,
      [`${at}/.well-known/openid-configuration`]: document(issuer, endpoint),
    });
    expect(found).toEqual({ issuer, saidBy: 'redirect' });
    for (const { headers } of asked) expect(Object.keys(headers ?? {})).toEqual(['accept']);
  });

  it.each([
    ['names another issuer', document('https://other.example', LOGIN)],
    ['has its authorization endpoint elsewhere', document(REALM, 'https://idp.example/other')],
    ['is a list', []],
    ['is missing', undefined],
  ])('S12: a metadata document that %s does not count', async (_name, page) => {
    const pages = { [`${BASE}/v1/user`]: LOGIN };
    const { found } = await ask(
      page === undefined ? pages : { ...pages, [`${REALM}/.well-known/openid-configuration`]: page as Page },
    );
    expect(found).toBeUndefined();
  });

  it('a redirect to an address without https, or in a loop, is ignored', async () => {
    const clear = 'http://idp.example/authorize';
    const { found } = await ask({
      [`${BASE}/v1/user`]: clear,
      [`${ORIGIN}/oauth2/start`]: '/oauth2/start',
      'http://idp.example/.well-known/openid-configuration': document('http://idp.example', clear),
    });
    expect(found).toBeUndefined();
  });

  it('a published provider takes precedence', async () => {
    const { found, asked } = await ask({
      [`${ORIGIN}/.well-known/oauth-protected-resource`]: { authorization_servers: [REALM], resource: BASE },
      [`${BASE}/v1/user`]: 'https://idp.example/authorize',
    });
    expect(found).toEqual({ issuer: REALM, resource: BASE, saidBy: 'metadata' });
    expect(asked).toHaveLength(2);
  });
});
