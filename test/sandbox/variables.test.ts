import { describe, expect, it } from 'vitest';
import { settingsFrom } from '../../src/sandbox/variables.ts';
import { managedApi } from '../support/managed-api.ts';

describe('the variables of a deployment', () => {
  it('set nothing when they are missing', () => {
    expect(settingsFrom({})).toEqual({ platform: {} });
  });

  it('are read as the server reads them', () => {
    const env = {
      ENABLE_USER_MANAGEMENT: 'On',
      USER_PROJECT_LIMIT: ' 1_0 ',
      ADMIN_ROLE_NAME: 'boss',
      ADMIN_USER_ID: 'some-id',
      IDP_PROVIDER: 'local',
      CODEMIE_MIN_CLI_VERSION: '1.0',
    };
    expect(settingsFrom(env)).toEqual({
      access: 'platform',
      signIn: 'local',
      platform: { projectLimit: 10, adminRole: 'boss', adminUserId: 'some-id' },
      minClientVersion: '1.0',
    });
    expect(settingsFrom({ enable_user_management: 'no', IDP_PROVIDER: 'keycloak' })).toMatchObject({
      access: 'keycloak',
    });
  });

  it.each([
    ['ENABLE_USER_MANAGEMENT', 'true ', 'not true or false.'],
    ['ENABLE_USER_MANAGEMENT', '', 'not true or false.'],
    ['ENABLE_USER_MANAGEMENT', 'enabled', 'not true or false.'],
    ['USER_PROJECT_LIMIT', '3.5', 'not a whole number.'],
    ['USER_PROJECT_LIMIT', 'three', 'not a whole number.'],
    ['USER_PROJECT_LIMIT', '-1', 'not a number from 0 to 2147483647.'],
    ['USER_PROJECT_LIMIT', '99999999999', 'not a number from 0 to 2147483647.'],
    ['IDP_PROVIDER', 'oidc', 'not keycloak or local.'],
    ['IDP_PROVIDER', 'Keycloak', 'not keycloak or local.'],
  ])('%s=%j refuses the start', (name, value, reason) => {
    expect(() => settingsFrom({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        exit: 'config',
        message: `${name} is ${JSON.stringify(value)}, ${reason}`,
      }),
    );
  });

  it('ENABLE_USER_MANAGEMENT turns the platform’s own users on and off', async () => {
    const on = await managedApi(settingsFrom({ ENABLE_USER_MANAGEMENT: 'true', USER_PROJECT_LIMIT: '8' }));
    expect((await on.ask('eve', 'GET /v1/user')).body.project_limit).toBe(8);
    expect((await on.ask('eve', 'GET /v1/admin/users')).status).toBe(200);
    const off = await managedApi(
      settingsFrom({ ENABLE_USER_MANAGEMENT: 'false', ADMIN_ROLE_NAME: 'developer' }),
    );
    expect((await off.ask('bob', 'GET /v1/user')).body).toMatchObject({
      is_admin: true,
      project_limit: null,
    });
    expect((await off.ask('bob', 'GET /v1/admin/users')).status).toBe(404);
    const named = async ({ ask }: typeof on): Promise<boolean> =>
      JSON.stringify((await ask('eve', 'GET /v1/config')).body).includes('features:userManagement');
    expect([await named(on), await named(off)]).toEqual([true, false]);
  });
});
