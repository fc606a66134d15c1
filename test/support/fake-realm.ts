import { type Scripted, type Seen, scriptedKeycloak } from './fake-keycloak.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A realm of the fake Keycloak, as the admin API shows it to an account. */
export interface FakeRealm {
  /** Below this path; empty for the root. */
  readonly base?: string;
  /** The secret of the client `reader`, compared byte by byte. */
  readonly secret: string;
  /** What each request for users answers, in turn; the last one for ever after. */
  readonly pages: readonly (readonly Fields[])[];
  /** What each request for the number of users answers, in turn. */
  readonly counts: readonly number[];
  readonly profile?: Fields;
  /** Of the admin role. */
  readonly holders?: readonly string[];
  /** Answers before everything else. */
  readonly first?: (seen: Seen) => Scripted | undefined;
}

const SHOWING = { unmanagedAttributePolicy: 'ADMIN_VIEW' };

/** A user with a project. */
export function fakeUser(username: string, more: Fields = {}): Fields {
  const number = [...username].reduce((sum, letter) => sum * 131 + letter.charCodeAt(0), 1) % 0xffffffffffff;
  return {
    id: `0c5e2b1e-7f5c-4f5c-9d2a-${number.toString(16).padStart(12, '0')}`,
    username,
    email: `${username}@example.com`,
    enabled: true,
    attributes: { applications: ['team'] },
    ...more,
  };
}

/** A Keycloak with one realm, `r`. What a real one does is in test/real. */
export async function fakeRealm(realm: FakeRealm): ReturnType<typeof scriptedKeycloak> {
  const { base = '', secret, pages, counts, profile = SHOWING, holders = [], first } = realm;
  let page = 0;
  let count = 0;
  const nothing: Scripted = { body: [] };
  const routes: readonly (readonly [RegExp, () => Scripted])[] = [
    [/^\/realms\/r$/, () => ({ body: { realm: 'r', public_key: 'k' } })],
    [/^\/admin\/realms\/r\/users\/count/, () => ({ body: counts[count++] ?? counts.at(-1) })],
    [/^\/admin\/realms\/r\/users\/profile/, () => ({ body: profile })],
    [/^\/admin\/realms\/r\/users\?.*max=1&/, () => ({ body: pages[0]?.slice(0, 1) })],
    [/^\/admin\/realms\/r\/users\?.*exact=true/, () => nothing],
    [/^\/admin\/realms\/r\/users\?/, () => ({ body: pages[page++] ?? pages.at(-1) })],
    [/^\/admin\/realms\/r\/roles\/admin$/, () => ({ body: { name: 'admin' } })],
    [/^\/admin\/realms\/r\/roles\/admin\/users\?first=0/, () => ({ body: holders.map((id) => ({ id })) })],
    [/^\/admin\/realms\/r\/clients/, () => ({ status: 403, body: { error: 'HTTP 403 Forbidden' } })],
    [/^\/admin\/realms\/r\/(roles|groups)/, () => nothing],
  ];
  return scriptedKeycloak((seen) => {
    const answer = first?.(seen);
    if (answer !== undefined) return answer;
    if (!seen.path.startsWith(base))
      return { status: 404, body: { error: 'Unable to find matching target' } };
    const path = seen.path.slice(base.length);
    if (path === '/realms/r/protocol/openid-connect/token') return token(seen, secret);
    return routes.find(([shape]) => shape.test(path))?.[1]() ?? { status: 404, body: {} };
  });
}

function token({ body }: Seen, secret: string): Scripted {
  if (new URLSearchParams(body).get('client_secret') === secret)
    return { body: { access_token: 'token-of-the-source', expires_in: 60 } };
  return { status: 401, body: { error: 'unauthorized_client', error_description: 'Invalid client secret' } };
}
