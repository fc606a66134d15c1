import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts';
import { browse } from '../support/browser.ts';
import { ADA_ID } from '../support/people.ts';
import { type Recorded, recordedIn, shapeOf, stretched } from '../support/recorded.ts';

/** A session cookie of the front server, obtained as a browser would. */
async function sessionOf({ apiUrl }: Sandbox): Promise<string> {
  const end = await browse(
    `${apiUrl}/v1/auth/login/54321`,
    (next) => next.startsWith('http://localhost:54321/'),
    () => ({ username: 'ada', password: 'ada-sandbox-password', do: 'login' }),
  );
  const token = Buffer.from(end.search.slice('?token='.length), 'base64').toString('utf8');
  return (JSON.parse(token) as { cookies: { _oauth2_proxy: string } }).cookies._oauth2_proxy;
}

async function foreignToken(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  const exp = Math.floor(Date.now() / 1000) + 60;
  return new SignJWT({ iss: 'codemie-local', sub: ADA_ID, exp })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(privateKey);
}

/** The credential for a recorded request. */
async function credential(sandbox: Sandbox, kind: string, session: string): Promise<Record<string, string>> {
  const token = (user: string, more = {}): Promise<string> => sandbox.mintToken({ user, ...more });
  const bearer = async (text: string | Promise<string>): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await text}`,
  });
  const cookie = async (): Promise<Record<string, string>> => ({
    cookie: `codemie_access_token=${await token('ada')}`,
  });
  switch (kind) {
    case 'nonsense':
      return bearer('nonsense');
    case 'broken signature':
      return bearer(foreignToken());
    case 'expired':
      return bearer(token('ada', { ttlSeconds: -5 }));
    case 'deactivated':
      return bearer(token('dan'));
    case 'unknown person':
      return bearer(token('ada', { subject: '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0aff' }));
    case 'no uuid':
      return bearer(token('ada', { subject: 'ada' }));
    case 'lower case':
      return { authorization: `bearer ${await token('ada')}` };
    case 'local cookie':
      return cookie();
    case 'cookie and bearer':
      return { ...(await cookie()), ...(await bearer(token('ada'))) };
    case 'session':
      return { cookie: `_oauth2_proxy=${session}` };
    case 'stale session':
      return { cookie: '_oauth2_proxy=YWRh|1700000000|c3RhbGU' };
    default:
      return bearer(token(kind));
  }
}

const MODES: readonly (readonly [string, string, SandboxOptions])[] = [
  ['user management on, local accounts', 'a', { signIn: 'local' }],
  ['Keycloak, no user management', 'b', { signIn: 'oidc' }],
  ['Keycloak behind a guard', 'guarded', { signIn: 'hand-off', front: 'guarded' }],
  ['Keycloak with user management', 'd', { signIn: 'hand-off', access: 'platform' }],
];

describe.each(MODES)('the sandbox answers like the real backend: %s', (_title, mode, options) => {
  let sandbox: Sandbox;
  let session = 'a session of nobody';
  beforeAll(async () => {
    sandbox = await startSandbox(options);
    if (options.front === 'guarded') session = await sessionOf(sandbox);
  });
  afterAll(() => sandbox.close());

  async function ask(entry: Recorded): Promise<Response> {
    const [method = '', path = ''] = entry.ask.split(' ');
    const base = entry.name === 'b-guard-no-prefix' ? sandbox.url : sandbox.apiUrl;
    const headers = entry.with === undefined ? {} : await credential(sandbox, entry.with, session);
    return fetch(`${base}${path.replace('{ada}', ADA_ID)}`, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...entry.headers },
      ...(entry.send === undefined ? {} : { body: JSON.stringify(entry.send) }),
    });
  }

  it.each(recordedIn(mode).map((entry) => [entry.name, entry] as const))('%s', async (_name, entry) => {
    const faults = `${sandbox.controlUrl}/faults`;
    if (entry.fault !== undefined)
      expect((await fetch(faults, { method: 'POST', body: JSON.stringify(entry.fault) })).status).toBe(200);
    const answer = await ask(entry);
    if (entry.fault !== undefined) await fetch(faults, { method: 'DELETE' });
    const { headers } = answer;
    const text = await answer.text();
    expect([answer.status, plainType(headers)]).toEqual([entry.status, entry.type ?? null]);
    expect(headers.get('www-authenticate')).toBeNull();
    expect(headers.get('retry-after')).toBe(entry['retry-after'] ?? null);
    expect(locationOf(headers, sandbox, session)).toBe(entry.location ?? null);
    expect(headers.getSetCookie().map(normalized)).toEqual(entry['set-cookie'] ?? []);
    if (typeof entry.text === 'string') expect(text).toBe(entry.text);
    else if (entry.text !== undefined)
      expect(JSON.parse(text.replace(/models=\[[^\]]*\]/, 'models=[…]'))).toEqual(entry.text);
    if (entry.shape !== undefined) {
      const shape = shapeOf(JSON.parse(text));
      expect(shape).toEqual(stretched(entry.shape, shape));
    }
    if (entry.entries !== undefined) {
      const list = JSON.parse(text) as { id: string; settings: { value?: string } }[];
      expect(list.length).toBeGreaterThan(30);
      const found = Object.keys(entry.entries).map((id) => list.find((one) => one.id === id));
      expect(Object.fromEntries(found.map((one) => [one?.id, one?.settings.value ?? null]))).toEqual(
        entry.entries,
      );
    }
  });
});

/** The content type without its charset, which only the web page's has. */
function plainType(headers: Headers): string | null {
  return headers.get('content-type')?.replace(/; charset=.*/, '') ?? null;
}

/** The redirect, with its token decoded. */
function locationOf(headers: Headers, { issuer }: Sandbox, session: string): string | null {
  const location = headers.get('location');
  return (
    location
      ?.replace(issuer, '{issuer}')
      .replace(
        /(?<=token=).*/,
        (token) => `<base64 of ${withSpaces(Buffer.from(token, 'base64').toString('utf8'))}>`,
      )
      .replace(session, '<session>') ?? null
  );
}

function withSpaces(json: string): string {
  return json.replace(/([:,])(?=["{])/g, '$1 ');
}

function normalized(line: string): string {
  return line.replace(/=ey[^;]*/, '=…').replace(/expires=[^;]*/, 'expires=…');
}
