import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';

export interface Seen {
  readonly path: string;
  readonly method: string;
  /** The query, or the form of a POST. */
  readonly params: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  /** Sent unchanged instead of `body`. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** Closes the connection instead. */
  readonly drop?: true;
}

type Reply = (seen: Seen) => Answer | undefined | Promise<Answer | undefined>;

/** An OpenID provider and platform in one. A test may change every response; by default it behaves correctly. */
export interface FakeProvider {
  readonly url: string;
  readonly issuer: string;
  readonly seen: Seen[];
  /** By path: a returned value replaces the usual response, undefined keeps it. */
  readonly replies: Map<string, Reply>;
  /** Merged into the metadata, the ID token's claims and header, and the token response; undefined removes a member. */
  metadata: Record<string, unknown>;
  claims: Record<string, unknown>;
  header: Record<string, unknown>;
  tokens: Record<string, unknown>;
  /** Parameters added to the redirect; undefined removes one. */
  redirect: Record<string, string | undefined>;
  /** Each connection responds once and then silently swallows everything, like one from before the machine slept. */
  answersOnce: boolean;
  /** The number of requests to a path. */
  count(path: string): number;
  idToken(claims: Record<string, unknown>): Promise<string>;
}

const keys = generateKeyPair('ES256');

export async function fakeProvider(): Promise<FakeProvider> {
  const { privateKey, publicKey } = await keys;
  const pending = new Map<string, URLSearchParams>();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${url}/realm`;

  const idToken = async (claims: Record<string, unknown>): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const all = without({ iss: issuer, aud: 'codemie-cli', sub: 'u-1', iat: now, exp: now + 300, ...claims });
    return new SignJWT(all)
      .setProtectedHeader({ alg: 'ES256', kid: 'k', ...fake.header } as never)
      .sign(privateKey);
  };

  const usual: Record<string, Reply> = {
    '/realm/.well-known/openid-configuration': () => ({
      body: without({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        revocation_endpoint: `${issuer}/revoke`,
        device_authorization_endpoint: `${issuer}/device`,
        jwks_uri: `${issuer}/keys`,
        id_token_signing_alg_values_supported: ['ES256'],
        authorization_response_iss_parameter_supported: true,
        ...fake.metadata,
      }),
    }),
    '/realm/keys': async () => ({
      body: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', use: 'sig' }] },
    }),
    '/realm/auth': ({ params }) => {
      const code = `code-${pending.size + 1}-of-this-provider`;
      pending.set(code, params);
      const back = new URL(params.get('redirect_uri') ?? '');
      const fields = { code, state: params.get('state') ?? '', iss: issuer, ...fake.redirect };
      back.search = new URLSearchParams(without(fields) as Record<string, string>).toString();
      return { status: 302, headers: { location: back.href } };
    },
    '/realm/device': ({ params }) => {
      pending.set('device-1', params);
      return {
        body: {
          device_code: 'device-1',
          user_code: 'WDJB-MJHT',
          verification_uri: `${issuer}/connect`,
          verification_uri_complete: `${issuer}/connect?user_code=WDJB-MJHT`,
          expires_in: 600,
          interval: 5,
        },
      };
    },
    '/realm/token': async ({ params }) => {
      const begun = pending.get(params.get('code') ?? params.get('device_code') ?? '');
      const verifier = createHash('sha256').update(params.get('code_verifier') ?? '');
      if (begun === undefined || verifier.digest('base64url') !== begun.get('code_challenge'))
        return { status: 400, body: { error: 'invalid_grant' } };
      const nonce = begun.get('nonce');
      const id_token = await idToken({ ...(nonce && { nonce }), ...fake.claims });
      const tokens = { access_token: `access-${pending.size}-secret`, refresh_token: 'refresh-secret-1' };
      return {
        body: without({ ...tokens, token_type: 'Bearer', expires_in: 300, id_token, ...fake.tokens }),
      };
    },
    '/realm/revoke': () => ({ body: {} }),
    '/.well-known/oauth-protected-resource': () => ({
      body: { resource: `${url}/code-assistant-api`, authorization_servers: [issuer] },
    }),
    '/code-assistant-api/v1/info': () => ({ body: { version: '2.42.0' } }),
    '/code-assistant-api/v1/user': () => ({
      body: { user_id: 'u-1', name: 'Ada Lovelace', email: 'ada@example.com', projects: [] },
    }),
  };

  const spent = new WeakSet<object>();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = new URL(request.url ?? '/', url);
    let body = '';
    for await (const chunk of request) body += chunk;
    const params = request.method === 'POST' ? new URLSearchParams(body) : target.searchParams;
    const seen: Seen = {
      path: target.pathname,
      method: request.method ?? '',
      params,
      headers: request.headers,
    };
    fake.seen.push(seen);
    if (fake.answersOnce && spent.has(request.socket)) return;
    spent.add(request.socket);
    const answer = (await fake.replies.get(seen.path)?.(seen)) ??
      (await usual[seen.path]?.(seen)) ?? { status: 404, body: { error: 'not_found' } };
    if (answer.drop) return void request.socket.destroy();
    // Node reads the wall clock once a second, and a test may have moved it.
    const usualHeaders = { 'content-type': 'application/json', date: new Date().toUTCString() };
    response.writeHead(answer.status ?? 200, { ...usualHeaders, ...answer.headers });
    response.end(answer.text ?? JSON.stringify(answer.body ?? {}));
  };

  const fake: FakeProvider = {
    url,
    issuer,
    seen: [],
    replies: new Map(),
    metadata: {},
    claims: {},
    header: {},
    tokens: {},
    redirect: {},
    answersOnce: false,
    count: (path) => fake.seen.filter((entry) => entry.path === path).length,
    idToken,
  };
  return fake;
}

function without(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A browser that follows every redirect and shows the last page. */
export async function visit(address: string): Promise<{ readonly url: string; readonly body: string }> {
  const answer = await fetch(address);
  return { url: answer.url, body: await answer.text() };
}
