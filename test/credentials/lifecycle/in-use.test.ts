import { expect, it, vi } from 'vitest';
import type { OidcCredential } from '../../../src/credentials/credential.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { renewOidc } from '../../../src/credentials/renew/oidc.ts';
import { Secret } from '../../../src/system/secret.ts';
import { testContext } from '../../support/context.ts';

/** On Windows, a rename fails while another program has the file open. The next `busy` attempts fail like that. */
const windows = vi.hoisted(() => {
  const here = process.platform;
  // node:os remembers the platform from its first use.
  process.getBuiltinModule('node:os').tmpdir();
  Object.defineProperty(process, 'platform', { value: 'win32' });
  return { here, busy: 0, refused: 0 };
});
// The module has read the platform by now; all other code sees the real one.
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

it('a virus scanner that has the credential file open after a renewal does not lose the sign-in', async () => {
  const granted = {
    access_token: 'the-new-access-token',
    refresh_token: 'the-new-refresh-token',
    expires_in: 300,
  };
  const http = async () => {
    // The file is in use once the server has responded, so the next write is the one that must not fail.
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
