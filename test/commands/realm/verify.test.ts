import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../src/commands/realm/verify.ts';
import { OptionValues } from '../../../src/commands/spec.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { scriptedKeycloak } from '../../support/fake-keycloak.ts';

/** @returns the exit code for a file, on a server that refuses to show its clients. */
async function verify(document: object, flags: Record<string, string | readonly string[]> = {}) {
  const { url } = await scriptedKeycloak(({ path }) => {
    if (path.endsWith('/token')) return { body: { access_token: 't', expires_in: 60 } };
    if (path.startsWith('/admin/realms/shop/clients')) return { status: 403, body: { error: 'Forbidden' } };
    return { body: path === '/admin/realms/shop' ? { realm: 'shop', sslRequired: 'none' } : [] };
  });
  const file = join(temporaryFolder(), 'realm.json');
  writeFileSync(file, JSON.stringify({ realm: 'shop', ...document }));
  const env = { KEYCLOAK_ADMIN_CLIENT_ID: 'reader', KEYCLOAK_ADMIN_CLIENT_SECRET: 'reader-secret' };
  const options = new OptionValues(new Map(Object.entries({ server: url, ...flags })));
  return run({ args: [file], options }, testContext({ env }));
}

describe('verify with an account that does not see the clients', () => {
  const clients = [{ clientId: 'web' }];

  it('does not say that they are as the files say', async () => {
    expect(await verify({ clients })).toBe(6);
    expect(await verify({ clients, sslRequired: 'all' })).toBe(10);
  });

  it('is content where the files have none, or leave them alone', async () => {
    expect(await verify({ sslRequired: 'none' })).toBe(0);
    expect(await verify({ clients }, { lifecycle: ['clients=ignore'] })).toBe(0);
  });
});
