import { describe, expect, it } from 'vitest';
import { interrupted } from '../../../src/system/errors.ts';
import { person } from '../../support/person.ts';

const IMPORT = { KEYCLOAK_MIGRATION_ENABLED: 'true' };

describe('KEYCLOAK_MIGRATION_ENABLED in the sandbox', () => {
  it('refuses to start without a database to import into', async () => {
    const someone = person({ env: { ...IMPORT, ENABLE_USER_MANAGEMENT: 'true' } });
    const { code, stderr } = await someone.run('sandbox start');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--database postgresql://')]);
  });

  it.each([
    ['a Keycloak-managed platform', { ENABLE_USER_MANAGEMENT: 'false' }],
    ['a platform with local accounts', { ENABLE_USER_MANAGEMENT: 'true', IDP_PROVIDER: 'local' }],
  ])('does nothing on %s, and says so', async (_what, env) => {
    const someone = person({ env: { ...IMPORT, ...env } });
    const started = someone.run('sandbox start');
    await expect
      .poll(() => someone.context.out.stderr, { timeout: 10_000 })
      .toContain('CodeMie is running at ');
    expect(someone.context.out.stderr).toContain('KEYCLOAK_MIGRATION_ENABLED does nothing here.');
    someone.context.stop(interrupted('SIGTERM'));
    expect((await started).code).toBe(0);
  });

  it('refuses a value that the platform refuses', async () => {
    const someone = person({ env: { KEYCLOAK_MIGRATION_ENABLED: 'true ' } });
    const { code, stderr } = await someone.run('sandbox start');
    expect([code, stderr]).toEqual([9, expect.stringContaining('KEYCLOAK_MIGRATION_ENABLED is "true "')]);
  });
});
