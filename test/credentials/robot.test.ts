import { UnsecuredJWT } from 'jose';
import { expect, it } from 'vitest';
import { saveProfile } from '../../src/config/write.ts';
import type { Credential } from '../../src/credentials/credential.ts';
import { findAccess, openAccess } from '../../src/credentials/find/find-access.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import { Secret } from '../../src/system/secret.ts';
import { failureOf } from '../sign-in/support.ts';
import { type TestContext, testContext } from '../support/context.ts';

const ORIGIN = 'https://h.example';
const ID = `${ORIGIN}#ada`;
const jwt = (sub: string): string =>
  `${new UnsecuredJWT({ sub, exp: 4_000_000_000 }).encode().replace(/^[^.]+/, Buffer.from('{"alg":"RS256"}').toString('base64url'))}c2ln`;

const PERSON: Readonly<Record<string, Credential>> = {
  session: {
    kind: 'session',
    origin: ORIGIN,
    identity: { id: 'ada' },
    obtainedAt: Date.now(),
    cookies: { _oauth2_proxy: new Secret('cookie-of-ada') },
  },
  oidc: {
    kind: 'oidc',
    origin: ORIGIN,
    identity: { id: 'ada' },
    obtainedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    issuer: 'https://idp.example',
    clientId: 'codemie-cli',
    tokenEndpoint: 'https://idp.example/token',
    accessToken: new Secret('access-token-of-ada'),
  },
};

/** A machine with a bearer profile for a robot, which reads its token from ROBOT_TOKEN. */
async function robot(env: Record<string, string>, stored?: Credential, own = {}): Promise<TestContext> {
  const context = testContext({ env });
  if (stored !== undefined) await (await openStore('plaintext-file', context)).set(ID, stored);
  const fields = {
    provider: 'bearer-auth',
    authMethod: 'jwt',
    codeMieUrl: ORIGIN,
    jwtConfig: { tokenEnvVar: 'ROBOT_TOKEN' },
    ...(stored === undefined ? {} : { credential: { store: 'plaintext-file', id: ID } }),
    ...own,
  };
  await saveProfile(context, 'robot', fields, { activate: true });
  return context;
}

it.each(Object.entries(PERSON))(
  'a robot’s profile without its variable fails, even if a person’s %s is stored for it',
  async (_kind, stored) => {
    const error = await failureOf(openAccess(await robot({}, stored), {}));
    expect([error.code, error.exit]).toEqual(['AUTH_MISSING', 'auth']);
    expect(error.message).toContain('profile "robot"');
    expect(error.message).toContain('ROBOT_TOKEN');
    expect(error.hint).toContain('Set ROBOT_TOKEN');
  },
);

it('so does a bearer profile without a sign-in method in its settings', async () => {
  const context = await robot({}, PERSON['session'], { authMethod: undefined });
  expect((await failureOf(openAccess(context, {}))).code).toBe('AUTH_MISSING');
});

it('a person’s token in CODEMIE_JWT_TOKEN does not replace the robot’s', async () => {
  const error = await failureOf(openAccess(await robot({ CODEMIE_JWT_TOKEN: jwt('ada') }), {}));
  expect([error.code, error.message]).toEqual(['AUTH_MISSING', expect.stringContaining('ROBOT_TOKEN')]);
});

it('uses its own variable, a token stored for it, or the default variable if it names none', async () => {
  const variables = { ROBOT_TOKEN: jwt('robot'), CODEMIE_JWT_TOKEN: jwt('ada') };
  expect(await openAccess(await robot(variables), {})).toMatchObject({ sourceName: 'ROBOT_TOKEN' });
  const stored: Credential = {
    kind: 'jwt',
    origin: ORIGIN,
    identity: { id: 'robot' },
    obtainedAt: 0,
    token: new Secret(jwt('robot')),
  };
  expect(await openAccess(await robot({}, stored), {})).toMatchObject({ source: 'store' });
  const plain = await robot({ CODEMIE_JWT_TOKEN: jwt('robot') }, undefined, { jwtConfig: undefined });
  expect(await openAccess(plain, {})).toMatchObject({ sourceName: 'CODEMIE_JWT_TOKEN' });
});

it('a person’s own profile still uses the stored sign-in', async () => {
  const sso = { provider: 'ai-run-sso', authMethod: 'sso', jwtConfig: undefined };
  const found = await findAccess(await robot({}, PERSON['oidc'], sso), {});
  expect(found.state).toBe('found');
});
