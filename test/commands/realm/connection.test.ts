import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { keycloakSettings } from '../../../src/commands/keycloak-connection.ts';
import { KEYCLOAK_OPTIONS } from '../../../src/commands/keycloak-options.ts';
import { realmAdmin } from '../../../src/commands/realm/admin.ts';
import { OptionValues } from '../../../src/commands/spec.ts';
import { testContext } from '../../support/context.ts';

const CLIENT = { KEYCLOAK_ADMIN_CLIENT_ID: 'reader', KEYCLOAK_ADMIN_CLIENT_SECRET: 'reader-secret' };
const PERSON = { KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: 'admin-password' };
const PLACE = { KEYCLOAK_URL: 'https://kc.example.com', KEYCLOAK_REALM: 'shop' };

function settings(flags: Record<string, string>, env: Record<string, string>) {
  return keycloakSettings(new OptionValues(new Map(Object.entries(flags))), env);
}

describe('the server and the realm', () => {
  it('come from flags, and from variables where there is no flag', () => {
    const env = { ...CLIENT, ...PLACE };
    expect(settings({}, env)).toMatchObject({ server: 'https://kc.example.com', realm: 'shop' });
    expect(
      settings({ server: 'https://other.example.com', realm: 'b', 'admin-realm': 'c' }, env),
    ).toMatchObject({ server: 'https://other.example.com', realm: 'b', adminRealm: 'c' });
    expect(KEYCLOAK_OPTIONS.map(({ name }) => name)).toEqual(['server', 'realm', 'admin-realm']);
  });

  it.each([
    ['https://kc.example.com/', 'https://kc.example.com'],
    ['https://kc.example.com/auth/', 'https://kc.example.com/auth'],
    ['https://kc.example.com/auth/admin/master/console/#/shop', 'https://kc.example.com/auth'],
    ['https://kc.example.com/realms/shop', 'https://kc.example.com'],
    ['https://example.com/id/kc', 'https://example.com/id/kc'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('any address of the server is accepted: %s', (address, server) => {
    expect(settings({ server: address }, { ...CLIENT, ...PLACE }).server).toBe(server);
  });

  it.each([
    ['keycloak', 'URL_INVALID'],
    ['ftp://kc.example.com', 'URL_INVALID'],
    ['https://user:word@kc.example.com', 'URL_INVALID'],
    ['http://kc.example.com', 'URL_INSECURE'],
  ])('an address that cannot be used is refused: %s', (address, code) => {
    expect(() => settings({ server: address }, { ...CLIENT, ...PLACE })).toThrow(
      expect.objectContaining({ code, exit: 'usage' }),
    );
  });

  it.each([
    ['KEYCLOAK_URL', '--server'],
    ['KEYCLOAK_REALM', '--realm'],
  ])('without %s, the error names %s', (variable, flag) => {
    expect(() => settings({}, { ...CLIENT, ...PLACE, [variable]: '' })).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: `Pass ${flag}, or set ${variable}.` }),
    );
  });
});

describe('the realm of files', () => {
  const files = [{ realm: 'shop' }, {}, { realm: 'shop' }];
  const named = (documents: typeof files, flags: Record<string, string>, realm?: string): string => {
    const context = testContext({
      env: { ...CLIENT, KEYCLOAK_URL: PLACE.KEYCLOAK_URL, KEYCLOAK_REALM: realm },
    });
    return realmAdmin(new OptionValues(new Map(Object.entries(flags))), context, documents).realm;
  };

  it('is used where neither a flag nor a variable names one', () => {
    expect(named(files, {})).toBe('shop');
    expect(named(files, {}, '')).toBe('shop');
    expect(named(files, {}, 'other')).toBe('other');
    expect(named(files, { realm: 'flag' }, 'other')).toBe('flag');
  });

  it('has to be named where the files are of different realms', () => {
    const mixed = [...files, { realm: 'harbour' }];
    expect(() => named(mixed, {})).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: 'The files are of different realms: "shop" and "harbour".',
      }),
    );
    expect(named(mixed, { realm: 'shop' })).toBe('shop');
  });
});

describe('the account', () => {
  it('is the client if there are both', () => {
    expect(settings({}, { ...PLACE, ...PERSON, ...CLIENT }).login).toMatchObject({
      kind: 'client',
      clientId: 'reader',
    });
    expect(settings({}, { ...PLACE, ...PERSON }).login).toMatchObject({
      kind: 'password',
      username: 'admin',
    });
  });

  it('never shows its secret', () => {
    expect(inspect(settings({}, { ...PLACE, ...CLIENT }), { depth: 9 })).not.toContain('reader-secret');
    expect(JSON.stringify(settings({}, { ...PLACE, ...PERSON }))).not.toContain('admin-password');
  });

  it('is missing: the error names the variables', () => {
    expect(() => settings({}, PLACE)).toThrow(
      expect.objectContaining({
        code: 'KEYCLOAK_LOGIN',
        hint: expect.stringContaining('KEYCLOAK_ADMIN_CLIENT_ID and KEYCLOAK_ADMIN_CLIENT_SECRET'),
      }),
    );
  });

  it('is given by half: the error names the other half', () => {
    expect(() => settings({}, { ...PLACE, KEYCLOAK_ADMIN_CLIENT_ID: 'x' })).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: 'Set KEYCLOAK_ADMIN_CLIENT_SECRET, too.' }),
    );
  });
});
