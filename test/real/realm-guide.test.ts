import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOfGuides } from '../support/documents.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';
import { missingTool } from '../support/tools.ts';

const missing = prepareKeycloak() ?? missingTool('jq', ['jq']);
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

/** The commands of the operator guide that start with these words. */
function block(start: string): string {
  const found = blocksOfGuides().find(({ text }) => text.startsWith(start));
  if (found === undefined) throw new Error(`no block of the guides starts with ${start}`);
  return found.text;
}

/** A realm that somebody has run for a while, and that no file describes. */
async function production(realm: string): Promise<Operator> {
  const file = JSON.parse(readFileSync(join('test/fixtures/realms', 'harbour.json'), 'utf8')) as Json;
  await keycloak.importRealm(file, realm);
  const person = await operator(keycloak, realm);
  await person.call('PUT', '', { displayName: 'Harbour since 2019', loginWithEmailAllowed: false });
  await person.call('POST', '/clients', { clientId: 'by-hand', redirectUris: ['https://by-hand.example/*'] });
  return person;
}

const told = ({
  changes,
}: {
  changes: readonly { type: string; id: string; path?: string }[];
}): readonly string[] => changes.map(({ type, id, path }) => `${type} ${id} ${path}`);

describe.skipIf(missing !== undefined)('the pages of the operator guide', () => {
  it('adopt a production realm: the first plan of its two files is empty, and then each type has its owner', async () => {
    const person = await production('adopted');
    const { code, stdout, stderr } = await person.shell(block('codemie realm export --out exported.json'));
    expect([code, stdout, stderr]).toEqual([
      0,
      expect.stringContaining('No differences.'),
      expect.anything(),
    ]);
    // Not because everything is seed.
    expect((await person.json(0, 'plan', 'exported.json')).changes).toEqual([]);
    expect(person.proxy.writes()).toEqual([]);

    await person.call('PUT', '', { displayName: 'By hand', browserFlow: 'browser' });
    const provider = (await person.call('GET', '/identity-provider/instances/agency')) as Json;
    await person.call('PUT', '/identity-provider/instances/agency', { ...provider, trustEmail: false });
    const files = ['acme-seed.json', 'acme-managed.json'];
    const drift = ['realm settings browserFlow', 'identity-provider agency trustEmail'];
    expect(told(await person.json(10, 'drift', ...files))).toEqual(drift);
    await person.json(0, 'apply', ...files, '--yes');
    expect(await person.call('GET', '')).toMatchObject({
      displayName: 'By hand',
      browserFlow: 'harbour browser',
    });
  });

  it('take back an apply: an export of before is applied, and the realm is as it was', async () => {
    const person = await production('taken-back');
    const forms = { authenticator: 'auth-username-password-form', requirement: 'REQUIRED', priority: 10 };
    const crane = named(await person.call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
    person.file(
      {
        displayName: 'A mistake',
        browserFlow: 'new sign-in',
        authenticationFlows: [
          {
            alias: 'new sign-in',
            providerId: 'basic-flow',
            topLevel: true,
            builtIn: false,
            authenticationExecutions: [forms],
          },
        ],
        clients: [
          { clientId: 'new-portal', redirectUris: ['https://new.example/*'] },
          { clientId: 'crane', redirectUris: ['https://wrong.example/*'] },
        ],
      },
      'acme.json',
    );
    const [, back = ''] = block('codemie realm export --out before.json').split(/^(?=# Back again)/m);
    const forth = block('codemie realm export --out before.json').replace(back, '');
    expect(await person.shell(forth)).toMatchObject({ code: 0 });
    expect(await person.call('GET', '')).toMatchObject({
      displayName: 'A mistake',
      browserFlow: 'new sign-in',
    });
    const returned = await person.shell(back);
    expect(returned.code, returned.stderr).toBe(0);

    expect((await person.run('export', '--out', 'after.json')).code).toBe(0);
    expect(person.read('after.json')).toEqual(person.read('before.json'));
    const again = named(await person.call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
    expect([again['id'], again['secret']]).toEqual([crane['id'], crane['secret']]);
  });
});
