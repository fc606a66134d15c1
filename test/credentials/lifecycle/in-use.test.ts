import { expect, it, vi } from 'vitest';
import type { OidcCredential } from '../../../src/credentials/credential.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { renewOidc } from '../../../src/credentials/renew/oidc.ts';
import { Secret } from '../../../src/system/secret.ts';
import { testContext } from '../../support/context.ts';

/** Windows, where a rename fails while somebody else has the file open; `busy` tells how many tries from now do. */
const windows = vi.hoisted(() => {
  const here = process.platform;
  // It keeps what it learns of the platform at its first use.
  process.getBuiltinModule('node:os').tmpdir();
  Object.defineProperty(process, 'platform', { value: 'win32' });
  return { here, busy: 0, refused: 0 };
});
// Whoever renames has asked by now; everything else is as it is here.
Object.defineProperty(process, 'platform', { value: windows.here });
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  return {
    ...real,
    renameSync: (from: string, to: string) => {
      if (windows.busy === 0) return real.renameSync(from, to);
      windows.busy -= 1;
      windows.refused += 1;
      throw Object.assign(new Error(`EPERM: operation not permitted, rename '${from}'`), { code: 'EPERM' });
    },
  };
});

it('a scanner that has the credential open after a renewal does not cost the sign-in', async () => {
  const granted = {
    access_token: 'the-new-access-token',
    refresh_token: 'the-new-refresh-token',
    expires_in: 300,
  };
  const http = async () => {
    // From the server's answer on the file is in use: the write that must not fail is the next one.
    windows.busy = 6;
    return { status: 200, headers: {}, setCookie: [], body: Buffer.from(JSON.stringify(granted)) };
  };
  const context = testContext({ override: { http } });
  const store = await openStore('plaintext-file', context);
  const old: OidcCredential = {
    kind: 'oidc',
    origin: 'https://h.example',
    identity: { id: 'ada' },
    obtainedAt: 1,
    expiresAt: 2,
    issuer: 'https://idp.example',
    clientId: 'codemie-cli',
    tokenEndpoint: 'https://idp.example/token',
    accessToken: new Secret('the-old-access-token'),
    refreshToken: new Secret('the-old-refresh-token'),
  };
  await store.set('https://h.example#ada', old);
  await renewOidc({ context, store, id: 'https://h.example#ada' }, old);
  expect(windows.refused).toBe(6);
  const held = (await store.get('https://h.example#ada')) as OidcCredential;
  expect(held.refreshToken?.reveal()).toBe('the-new-refresh-token');
});
