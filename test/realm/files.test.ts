import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportOf } from '../../src/realm/export.ts';
import { loadRealmFiles } from '../../src/realm/file/load.ts';
import { withoutVariables, withVariables } from '../../src/realm/file/variables.ts';
import { redact } from '../../src/system/redact.ts';

function file(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'realm-')), name);
  writeFileSync(path, text);
  return path;
}

describe('variables in a realm file', () => {
  it('arrive character for character, also quotes, backslashes, line breaks and the names of other variables', () => {
    const value = `a"b\\c\nd\${OTHER}&é`;
    const env = { SECRET: value, OTHER: 'must not appear' };
    expect(withVariables({ clients: [{ secret: `x\${SECRET}y` }] }, env, 'f')).toEqual({
      clients: [{ secret: `x${value}y` }],
    });
  });

  it('that are not set are an error with the name and the place, and no value', () => {
    const document = { clients: [{ secret: `\${API_SECRET}` }] };
    expect(() => withVariables(document, { OTHER: 'hidden' }, 'realm.json')).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `realm.json uses \${API_SECRET} at clients[0].secret, and this variable is not set.`,
      }),
    );
  });

  it('with a name that ends in _JSON hold a whole list, where they are its only text', () => {
    const env = { ROLES_JSON: JSON.stringify(['one', `a "b" \${OTHER}`]), OTHER: 'must not appear' };
    expect(withVariables({ roles: [`\${ROLES_JSON}`] }, env, 'f')).toEqual({
      roles: ['one', `a "b" \${OTHER}`],
    });
    expect(withVariables([`\${ROLES_JSON}`], { ROLES_JSON: '[]' }, 'f')).toEqual([]);
    expect(withVariables([`\${ROLES_JSON}`, 'x'], { ROLES_JSON: 'text' }, 'f')).toEqual(['text', 'x']);
    expect(withVariables({ role: `\${ROLES_JSON}` }, { ROLES_JSON: '["x"]' }, 'f')).toEqual({
      role: '["x"]',
    });
  });

  it.each(['admin', '{"a": 1}', '[1]', '["a"', ''])(
    'such a list that is %j is an error without the value',
    (value) => {
      expect(() => withVariables({ roles: [`\${ROLES_JSON}`] }, { ROLES_JSON: value }, 'realm.json')).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `realm.json uses \${ROLES_JSON} at roles, and this variable does not hold a JSON list of texts.`,
        }),
      );
      expect(() => withVariables({ roles: [`\${ROLES_JSON}`] }, {}, 'realm.json')).toThrow(
        'at roles[0], and',
      );
    },
  );

  it('may have a default', () => {
    expect(withVariables(`\${HOST:localhost}:\${PORT:}`, {}, 'f')).toBe('localhost:');
    expect(withVariables(`\${HOST:localhost}`, { HOST: 'kc' }, 'f')).toBe('kc');
  });

  it('with the name of a secret are masked in all output, wherever a file puts them', () => {
    const env = { MAIL_PASSWORD: 'correct horse battery', MAIL_HOST: 'mail.acme.example' };
    const { description } = withVariables({ description: `\${MAIL_HOST} \${MAIL_PASSWORD}` }, env, 'f') as {
      description: string;
    };
    expect(description).toBe('mail.acme.example correct horse battery');
    expect(redact(description)).toBe('mail.acme.example [redacted]');
  });

  it('stay as they are after a doubled dollar sign', () => {
    expect(withVariables(`$\${HOST} and \${HOST}`, { HOST: 'kc' }, 'f')).toBe(`\${HOST} and kc`);
  });

  it('are kept as texts by an export, whatever a realm holds', () => {
    const text = fc
      .array(fc.constantFrom('$', '{', '}', 'A', 'B_1', ':', 'x'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (one) => {
        const document = { realm: one, clients: [{ name: one }] };
        expect(withVariables(withoutVariables(document), {}, 'f')).toEqual(document);
      }),
    );
  });

  it.each([`\${username}`, `\${CLAIM.preferred_username}`, `\${role_offline-access}`, `$\${X`, `\${}`])(
    '%s is a text of Keycloak, and stays as it is',
    (text) => {
      expect(withVariables(text, { username: 'root', CLAIM: 'x' }, 'f')).toBe(text);
    },
  );
});

describe('a realm file', () => {
  it.each([
    ['realm.json', '{"realm":"acme","enabled":true}'],
    ['realm.json', '\uFEFF// ours\n{"realm":"acme", /* on */ "enabled":true}'],
    ['realm.yaml', 'realm: acme\nenabled: true\n'],
  ])('%s is read: %j', (name, text) => {
    expect(loadRealmFiles([file(name, text)], '/', {})).toEqual([{ realm: 'acme', enabled: true }]);
  });

  it.each([
    ['broken JSON', '{"realm":'],
    ['broken YAML', 'a: [1'],
    ['a key twice', 'a: 1\na: 2\n'],
    ['a list', '[1]'],
    ['a text', 'hello'],
    ['nothing', ''],
  ])('%s is refused with the name of the file', (_, text) => {
    const path = file('wrong.yaml', text);
    expect(() => loadRealmFiles([path], '/', {})).toThrow(
      expect.objectContaining({ code: 'REALM_FILE', message: expect.stringContaining(path) as string }),
    );
  });

  it('has secrets that nothing prints, also where a server repeats them in an error', () => {
    const text = '{"clients": [{"clientId": "api", "secret": "correct-horse-battery"}]}';
    loadRealmFiles([file('realm.json', text)], '/', {});
    expect(redact('cannot read "correct-horse-battery" of api')).toBe('cannot read "[redacted]" of api');
  });

  it('that is a template is refused, with the advice to render it first', () => {
    const path = file('realm.json.j2', '{"realm": "{{ realm }}"}');
    expect(() => loadRealmFiles([path], '/', {})).toThrow(
      expect.objectContaining({
        code: 'REALM_FILE',
        hint: expect.stringContaining('Render it first') as string,
      }),
    );
  });

  it.each([
    ['nowhere.json', 'it does not exist'],
    ['tmp', 'it is a folder'],
  ])('%s is refused, because %s', (name, reason) => {
    expect(() => loadRealmFiles([name], '/', {})).toThrow(
      expect.objectContaining({
        code: 'REALM_FILE',
        message: `${name} cannot be used as a realm file: ${reason}.`,
      }),
    );
  });

  it.each([
    ['realm.json', '{"smtpServer": {\n"password": hunter2}}', 'line 2 is not valid JSON'],
    ['realm.json', '{"smtpServer": {"password": "hunter2"', 'it ends too early'],
    ['realm.yaml', 'password: hunter2\n---\nrealm: x\n', 'it holds several YAML documents.'],
    ['realm.yaml', 'smtpServer: {password: hunter2\n b: [', 'at line'],
  ])('%s with a secret in a broken line says what is wrong, and not the line', (name, text, reason) => {
    const load = (): unknown => loadRealmFiles([file(name, text)], '/', {});
    expect(load).toThrow(reason);
    expect(load).not.toThrow('hunter2');
  });

  it('whose aliases grow without end is refused', () => {
    const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const text = levels.map((name, i) => {
      const before = levels[i - 1];
      const items = Array.from({ length: 10 }, () => (before === undefined ? 'x' : `*${before}`));
      return `${name}: &${name} [${items.join(', ')}]\n`;
    });
    expect(() => loadRealmFiles([file('realm.yaml', text.join(''))], '/', {})).toThrow(
      expect.objectContaining({ code: 'REALM_FILE' }),
    );
  });
});

describe('an object without a name', () => {
  it.each<[string, object]>([
    ['users[1].username', { users: [{ username: 'ada' }, { email: 'b@example.com' }] }],
    ['clients[0].clientId', { clients: [{ publicClient: true }] }],
    ['clients[0].protocolMappers[0].name', { clients: [{ clientId: 'a', protocolMappers: [{}] }] }],
    ['groups[0].subGroups[0].name', { groups: [{ name: 'a', subGroups: [{ name: '' }] }] }],
    ['roles.realm[0].name', { roles: { realm: [{ name: 5 }] } }],
    ['roles.client.api[0].name', { roles: { client: { api: [{}] } } }],
    ['identityProviders[0].alias', { identityProviders: [{ providerId: 'oidc' }] }],
    ['authenticationFlows[0].alias', { authenticationFlows: [{ topLevel: true }] }],
  ])('is refused before a server is asked: %s', (place, document) => {
    expect(() => loadRealmFiles([file('realm.json', JSON.stringify(document))], '/', {})).toThrow(
      expect.objectContaining({
        code: 'REALM_FILE',
        message: expect.stringContaining(`${place} is missing`) as string,
      }),
    );
  });
});

describe('a YAML file with an alias inside its own anchor', () => {
  it.each(['realm: x\nclients: &all [*all]\n', 'realm: x\nclients: [&one {self: *one}]\n'])(
    '%j is refused',
    (text) => {
      expect(() => loadRealmFiles([file('realm.yaml', text)], '/', {})).toThrow(
        expect.objectContaining({ code: 'REALM_FILE' }),
      );
    },
  );
});

describe('an export', () => {
  const realm = {
    realm: 'acme',
    resetPasswordAllowed: true,
    passwordPolicy: 'length(12)',
    smtpServer: { host: 'mail', password: '**********' },
    clients: [
      { clientId: 'api', secret: 'client-secret', attributes: { 'client.secret.creation.time': '1' } },
    ],
    identityProviders: [{ alias: 'azure', config: { clientId: 'x', clientSecret: '**********' } }],
  };

  it('has no secret, and says where one was', () => {
    const { text, secrets } = exportOf(realm, 'json');
    expect(secrets).toEqual([
      'smtpServer.password',
      'clients[0].secret',
      'identityProviders[0].config.clientSecret',
    ]);
    expect(text).not.toMatch(/client-secret|\*\*\*/);
    expect(JSON.parse(text)).toMatchObject({
      resetPasswordAllowed: true,
      passwordPolicy: 'length(12)',
      clients: [{ clientId: 'api', attributes: { 'client.secret.creation.time': '1' } }],
    });
  });

  it('leaves out the private keys of a SAML client, and the secret before the last rotation', () => {
    const attributes = {
      'saml.signing.private.key': 'signing-key',
      'saml.encryption.private.key': 'encryption-key',
      'saml.signing.certificate': 'certificate',
      'client.secret.rotated': 'old-secret',
      'client.secret.rotated.expiration.time': '2',
    };
    const { text, secrets } = exportOf({ realm: 'acme', clients: [{ clientId: 'api', attributes }] }, 'json');
    expect(text).not.toMatch(/signing-key|encryption-key|old-secret/);
    expect(secrets).toHaveLength(3);
    expect(JSON.parse(text)).toMatchObject({
      clients: [
        {
          attributes: {
            'saml.signing.certificate': 'certificate',
            'client.secret.rotated.expiration.time': '2',
          },
        },
      ],
    });
  });

  it('leaves out the keys of reCAPTCHA, and keeps the public one', () => {
    const config = { 'site.key': 'public', 'secret.key': 'classic-key', 'api.key': 'enterprise-key' };
    const { text } = exportOf({ realm: 'acme', authenticatorConfig: [{ alias: 'captcha', config }] }, 'json');
    expect(JSON.parse(text).authenticatorConfig[0].config).toEqual({ 'site.key': 'public' });
  });

  it('keeps the name of a kind of credential, which is not a secret', () => {
    const authenticatorConfig = [{ alias: 'passkeys', config: { credentials: 'webauthn-passwordless' } }];
    expect(exportOf({ realm: 'acme', authenticatorConfig }, 'json').secrets).toEqual([]);
  });

  it('is read back from YAML as it was', () => {
    const { text } = exportOf(realm, 'yaml');
    const [read] = loadRealmFiles([file('realm.yaml', text)], '/', {});
    expect(read).toEqual(JSON.parse(exportOf(realm, 'json').text));
  });
});
