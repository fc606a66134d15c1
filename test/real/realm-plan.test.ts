import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOfGuides } from '../support/documents.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { operator } from '../support/realm-cli.ts';
import { step, topFlow } from '../support/realm-flows.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

describe.skipIf(missing !== undefined)('a plan', () => {
  it('one field of a policy changes, and the others of this policy stay', async () => {
    const policy = { otpPolicyType: 'totp', otpPolicyDigits: 8, otpPolicyPeriod: 60 };
    await keycloak.importRealm(
      {
        enabled: true,
        ...policy,
        otpPolicyAlgorithm: 'HmacSHA1',
        otpPolicyInitialCounter: 0,
        otpPolicyLookAheadWindow: 1,
      },
      'policies',
    );
    const person = await operator(keycloak, 'policies');
    const file = { otpPolicyAlgorithm: 'HmacSHA256', webAuthnPolicyCreateTimeout: 77 };
    await person.json(0, 'apply', person.file(file), '--yes');
    expect(await person.call('GET', '')).toMatchObject({ ...file, ...policy });
  });

  it('a provider that is not installed stops an apply before any write', async () => {
    await keycloak.importRealm({ enabled: true }, 'no-provider');
    const person = await operator(keycloak, 'no-provider');
    const path = person.file({
      authenticationFlows: [
        topFlow('mine', step('auth-cookie', 'REQUIRED'), step('acme-captcha', 'REQUIRED')),
      ],
    });
    const { findings } = await person.json(1, 'plan', path);
    expect(findings).toMatchObject([{ rule: 'provider-missing', severity: 'error' }]);
    expect((await person.run('apply', path, '--yes')).stderr).toContain('"acme-captcha" is not installed');
    expect(person.proxy.writes()).toEqual([]);
  });

  it('a realm that does not exist is an error for verify, and a whole creation for plan', async () => {
    const person = await operator(keycloak, 'not-there');
    const path = person.file({ clients: [{ clientId: 'web' }] });
    const verify = await person.run('verify', path);
    expect(verify.stderr).toContain('has no realm "not-there"');
    const { changes } = await person.json(0, 'plan', path);
    expect(changes).toMatchObject([{ action: 'create', type: 'client', id: 'web', security: true }]);
    expect(person.proxy.writes()).toEqual([]);
  });

  it('an apply asks first, and without a terminal it needs --yes', async () => {
    await keycloak.importRealm({ enabled: true }, 'asks');
    const person = await operator(keycloak, 'asks');
    const { code, stderr, stdout } = await person.run('apply', person.file({ displayName: 'New' }));
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(stdout).toContain('displayName: (none) → New');
    expect(person.proxy.writes()).toEqual([]);
  });

  it('the commands of the operator guide do what it says', async () => {
    await keycloak.importRealm({ enabled: true }, 'guide');
    const person = await operator(keycloak, 'guide');
    const [block] = blocksOfGuides().filter(({ text }) => text.startsWith('export KEYCLOAK_URL'));
    const commands = (block?.text ?? '')
      .split('\n')
      .flatMap((line) => /^codemie realm (.*?)\s*(#.*)?$/.exec(line)?.[1] ?? []);
    expect(commands).toHaveLength(5);
    for (const command of commands)
      expect(await person.run(...command.split(/\s+/))).toMatchObject({ code: 0 });
  });
});
