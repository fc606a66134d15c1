import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { OidcCredential } from '../../../src/credentials/credential.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { renewOidc } from '../../../src/credentials/renew/oidc.ts';
import type { HttpResponse } from '../../../src/net/http.ts';
import { unreachable } from '../../../src/net/unreachable.ts';
import { lockPath } from '../../../src/secrets/lock-path.ts';
import { Secret } from '../../../src/system/secret.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { memoryKeychain } from '../../support/keychain.ts';

const ID = 'https://h#ada';

function expired(name: string): OidcCredential {
  return {
    kind: 'oidc',
    origin: 'https://h',
    identity: { id: 'ada' },
    issuer: 'https://idp',
    clientId: 'codemie-cli',
    tokenEndpoint: 'https://idp/token',
    accessToken: new Secret(`access-of-${name}`),
    refreshToken: new Secret(`refresh-of-${name}`),
    obtainedAt: Date.now() - 600_000,
    expiresAt: Date.now() - 1000,
  };
}

const answer = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: {},
  setCookie: [],
  body: Buffer.from(JSON.stringify(body)),
});

const invalidGrant = answer(400, { error: 'invalid_grant' });
const renewedAs = (name: string): HttpResponse =>
  answer(200, {
    access_token: `access-of-${name}`,
    refresh_token: `refresh-of-${name}`,
    token_type: 'Bearer',
    expires_in: 600,
  });

it('a refresh token is used once, with one keychain and two configuration folders', async () => {
  const shared = memoryKeychain();
  const userHome = temporaryFolder();
  let spent = 0;
  const http: Context['http'] = async () => {
    spent += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return spent === 1 ? renewedAs('the first renewal') : invalidGrant;
  };
  const renewals = ['one', 'two'].map(async (home) => {
    const context = testContext({
      env: { HOME: userHome, CODEMIE_HOME: join(userHome, home) },
      override: { http, loadKeychain: async () => shared },
    });
    const store = await openStore('keychain', context);
    return { context, store, id: ID };
  });
  const [one, two] = await Promise.all(renewals);
  if (one === undefined || two === undefined) throw new Error('there are two');
  const stale = expired('two homes');
  await one.store.set(ID, stale);
  const fresh = await Promise.all([renewOidc(one, stale), renewOidc(two, stale)]);
  expect(fresh.map(({ accessToken }) => accessToken.reveal())).toEqual(
    Array(2).fill('access-of-the first renewal'),
  );
  expect(spent).toBe(1);
});

it('the lock of a keychain is in a folder that all your processes share, and that of a file store is beside the file', () => {
  const userHome = temporaryFolder();
  const [a, b] = ['a', 'b'].map((home) => ({ env: {}, home: join(userHome, home), userHome }));
  if (a === undefined || b === undefined) throw new Error('there are two');
  expect(lockPath(a, 'keychain', ID)).toBe(lockPath(b, 'keychain', ID));
  expect(lockPath(a, 'encrypted-file', ID)).toContain(a.home);
  const runtime = join(userHome, 'runtime');
  mkdirSync(runtime);
  const within = { ...a, env: { XDG_RUNTIME_DIR: runtime } };
  expect(lockPath(within, 'keychain', ID)).toContain(runtime);
  const gone = { ...a, env: { XDG_RUNTIME_DIR: join(userHome, 'gone') } };
  expect(lockPath(gone, 'keychain', ID)).toBe(lockPath(b, 'keychain', ID));
});

it('with a read-only home folder the lock is in the configuration folder', () => {
  const [userHome, home] = [temporaryFolder(), temporaryFolder()];
  writeFileSync(join(userHome, '.codemie'), 'in the way');
  expect(lockPath({ env: {}, home, userHome }, 'keychain', ID)).toContain(home);
});

it('a refresh token that another process has used does not end the sign-in: its newer credential counts', async () => {
  const stale = expired('a race');
  const context = testContext({
    override: {
      http: async () => {
        // Another process with another lock was faster, and stores its result a little later.
        setTimeout(
          () => void store.set(ID, { ...stale, accessToken: new Secret('access-of-the-other') }),
          100,
        );
        return invalidGrant;
      },
    },
  });
  const store = await openStore('plaintext-file', context);
  await store.set(ID, stale);
  const fresh = await renewOidc({ context, store, id: ID }, stale);
  expect(fresh.accessToken.reveal()).toBe('access-of-the-other');
});

it('a process that waits for a renewal gets its network error, and does not try the same server again', async () => {
  let asked = 0;
  let isSilent = true;
  const home = temporaryFolder();
  const stale = expired('five processes');
  const http: Context['http'] = async () => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (isSilent) throw unreachable(new URL('https://idp'), 'did not answer within 15 s', 'TIMEOUT');
    return renewedAs('later');
  };
  const contexts = Array.from({ length: 5 }, () =>
    testContext({ env: { HOME: home, CODEMIE_HOME: home }, override: { http } }),
  );
  const renew = async (context: Context): Promise<OidcCredential> =>
    renewOidc({ context, store: await openStore('plaintext-file', context), id: ID }, stale);
  for (const context of contexts.slice(0, 1))
    await (await openStore('plaintext-file', context)).set(ID, stale);
  const results = await Promise.allSettled(contexts.map(renew));
  for (const result of results)
    expect(result).toMatchObject({ status: 'rejected', reason: { exit: 'unreachable' } });
  expect(asked).toBe(1);
  isSilent = false;
  expect((await renew(contexts[0] ?? testContext())).accessToken.reveal()).toBe('access-of-later');
});
