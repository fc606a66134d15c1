import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { nameOf } from '../../src/realm/model/hidden-secrets.ts';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import { FAMILIES } from '../../src/realm/model/types.ts';
import { type JsonObject, MASK } from '../../src/realm/model/values.ts';
import { mentionedIn, type Plan, planFor } from '../../src/realm/plan.ts';
import { planJson, planText } from '../../src/realm/report.ts';
import { AT_START } from '../../src/realm/start-hook.ts';

const NOTHING = { userProfile: undefined, notCovered: [], unseen: [], ids: new Map<string, string>() };

/** A plan for a file, against a server that has `server`; with `--rotate-secrets` unless told otherwise. */
function plan(
  file: JsonObject,
  server: JsonObject,
  options: Parameters<typeof ownershipOf>[2] = { rotate: FAMILIES },
): Plan {
  const reading = { ...NOTHING, representation: { realm: 'acme', ...server } };
  return planFor('acme', mentionedIn([file], 'acme'), reading, ownershipOf([file], [], options));
}

const realm = (secret: string, host = 'mail', name = 'client'): JsonObject => ({
  smtpServer: { host, password: secret },
  identityProviders: [{ alias: 'azure', config: { clientId: name, clientSecret: secret } }],
});
const stored = realm(MASK);
const paths = ({ changes }: Plan): readonly string[] =>
  changes.map(({ type, id, path }) => `${type} ${id} ${path}`);
const SECRETS = ['realm settings smtpServer.password', 'identity-provider azure config.clientSecret'];
const NAMES = ['realm settings: smtpServer.password', 'identity provider azure: config.clientSecret'];

describe('secrets that Keycloak never shows', () => {
  it('are named by a plan and not changed', () => {
    const result = plan(realm('from-the-file'), stored, {});
    expect(paths(result)).toEqual([]);
    expect(planJson(result).hiddenSecrets).toEqual(NAMES);
    expect(planText(result, 'https://kc', new Chalk({ level: 0 }))).toContain(
      `so they were not compared: ${NAMES.join(', ')}. To write them: --rotate-secrets.`,
    );
  });

  it.each(['saml.signing.private.key', 'saml.encryption.private.key', 'client.secret.rotated'])(
    'the attribute %s of a client is masked on both sides',
    (name) => {
      const client = (value: string): JsonObject => ({
        clients: [{ clientId: 'api', attributes: { [name]: value } }],
      });
      for (const server of [client('from-the-server'), {}]) {
        const result = plan(client('from-the-file'), server);
        expect(result.changes).toHaveLength(1);
        const text = planText(result, 'https://kc', new Chalk({ level: 0 }));
        expect(text + JSON.stringify(planJson(result))).not.toMatch(/from-the-/);
      }
    },
  );

  it('are written where asked for, and the plan says so without showing one', () => {
    const result = plan(realm('from-the-file'), stored);
    expect(paths(result)).toEqual(SECRETS);
    const text = planText(result, 'https://kc', new Chalk({ level: 0 }));
    expect(text).toContain(`They are written: ${NAMES.join(', ')}.`);
    expect(text + JSON.stringify(planJson(result))).not.toContain('from-the-file');
  });

  it('are not sent along with another change of their object', () => {
    const file = realm('from-the-file', 'other-host', 'other-client');
    const left = plan(file, stored, {});
    expect(left.changes).toHaveLength(2);
    expect(JSON.stringify([...left.wanted])).not.toContain('from-the-file');
    expect(JSON.stringify([...plan(file, stored).wanted])).toContain('from-the-file');
  });

  it.each([
    ['the mask', realm(MASK)],
    ['an empty text', realm('')],
    [
      'no secret',
      {
        smtpServer: { host: 'mail' },
        identityProviders: [{ alias: 'azure', config: { clientId: 'client' } }],
      },
    ],
  ])('%s in a file neither replaces nor erases a stored one, even where asked to write them', (_, file) => {
    const result = plan(file, stored);
    expect(paths(result)).toEqual([]);
    expect([...result.wanted].flatMap(({ fields }) => JSON.stringify(fields)).join()).not.toMatch(
      /password|clientSecret/,
    );
  });

  it('are written at the creation of their object, but never the mask', () => {
    const created = plan(realm('from-the-file'), {}, {}).wanted.get('identity-provider', 'azure');
    expect(created?.fields['config']).toEqual({ clientId: 'client', clientSecret: 'from-the-file' });
    const masked = plan({ ...realm(MASK), clients: [{ clientId: 'api', secret: MASK }] }, {}, {});
    expect(JSON.stringify([...masked.wanted])).not.toContain(MASK);
    expect(masked.findings).toMatchObject([{ rule: 'secret-missing', severity: 'warning' }]);
  });

  it('belong to the lifecycle of their type: a start hook writes those of identity providers alone', () => {
    const result = plan(realm('from-the-file'), stored, AT_START);
    expect(paths(result)).toEqual(['identity-provider azure config.clientSecret']);
    expect(result.hiddenSecrets.map(nameOf)).toEqual([NAMES[1]]);
  });
});

describe('a start hook', () => {
  it('owns flows and identity providers, and creates everything else once', () => {
    const file = {
      displayName: 'from the file',
      browserFlow: 'gate',
      roles: { realm: [{ name: 'new' }, { name: 'old', description: 'from the file' }] },
      identityProviders: [{ alias: 'azure', trustEmail: true }],
    };
    const server = {
      displayName: 'by hand',
      browserFlow: 'browser',
      roles: { realm: [{ name: 'old' }] },
      identityProviders: [{ alias: 'azure', trustEmail: false }],
    };
    expect(paths(plan(file, server, AT_START))).toEqual([
      'realm settings browserFlow',
      'role new undefined',
      'identity-provider azure trustEmail',
    ]);
    const owned = { ...file, codemie: { lifecycle: { realm: 'managed', identityProviders: 'ignore' } } };
    expect(paths(plan(owned, server, AT_START))).toEqual([
      'realm settings displayName',
      'realm settings browserFlow',
      'role new undefined',
    ]);
  });
});
