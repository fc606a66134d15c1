import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';
import { expectShape } from '../support/schemas.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

function harbour(changes: Json = {}): Json {
  return {
    ...(JSON.parse(readFileSync(join('test/fixtures/realms', 'harbour.json'), 'utf8')) as Json),
    ...changes,
  };
}

const GATE = `/authentication/flows/${encodeURIComponent('harbour browser')}/executions`;

/** Everything that tells one realm from another, without what differs at each creation. */
async function changeSettings({ call }: Operator): Promise<void> {
  const client = named(await call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
  await call('PUT', `/clients/${client['id']}`, { ...client, redirectUris: ['https://operator.example/*'] });
  await call('PUT', '', { displayName: 'Set by the operator', browserFlow: 'browser' });
  const deny = named(await call('GET', GATE), 'providerId', 'deny-access-authenticator');
  await call('PUT', GATE, { ...deny, requirement: 'DISABLED' });
  const provider = (await call('GET', '/identity-provider/instances/agency')) as Json;
  await call('PUT', '/identity-provider/instances/agency', { ...provider, trustEmail: false });
}

describe.skipIf(missing !== undefined)('a container that sets up a realm at its start', () => {
  it('creates the realm whole on the first start, and on the next restores the ways in and leaves the rest to the operator', async () => {
    const person = await operator(keycloak, 'hook-first');
    const path = person.file(harbour({ realm: 'hook-first' }));
    const made = await person.run('start-hook', path, '--json');
    expect(expectShape('realm-start-hook', made.stdout)).toMatchObject({ created: true, verified: true });
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
    expect(await person.call('GET', '')).toMatchObject({ enabled: true, browserFlow: 'harbour browser' });
    expect(JSON.stringify(await person.call('GET', ''))).not.toContain('unfinished');

    await changeSettings(person);
    const second = await person.json(0, 'start-hook', path);
    expect(second).toMatchObject({ created: false, verified: true });
    expect(second.changes.map(({ type, id, path: field }) => `${type} ${id} ${field}`)).toEqual([
      'realm settings browserFlow',
      'execution harbour gate/deny-access-authenticator requirement',
      'identity-provider agency trustEmail',
      'identity-provider agency config.clientSecret',
    ]);
    expect(await person.call('GET', '')).toMatchObject({
      browserFlow: 'harbour browser',
      displayName: 'Set by the operator',
    });
    const writes = person.proxy.writes().length;
    await person.json(0, 'start-hook', path);
    // The secret of the provider, which nobody can compare.
    expect(person.proxy.writes().slice(writes)).toEqual([
      expect.objectContaining({ method: 'PUT', path: expect.stringMatching(/instances\/agency$/) }),
    ]);
  });

  it('killed in the middle of the first start, it finishes the realm on the next', async () => {
    const seen = { count: 0 };
    let stop: (() => void) | undefined;
    const person = await operator(keycloak, 'hook-killed', ({ method, path }) => {
      if (method === 'POST' && path.includes('/executions/')) seen.count += 1;
      if (seen.count === 3) stop?.();
      return false;
    });
    const path = person.file(harbour({ realm: 'hook-killed' }));
    const child = person.start('start-hook', path);
    stop = () => child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await person.call('GET', '')).toMatchObject({ enabled: false, browserFlow: 'browser' });
    stop = undefined;
    await person.json(0, 'start-hook', path);
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
    expect(await person.call('GET', '')).toMatchObject({ enabled: true, browserFlow: 'harbour browser' });
  });

  it('two copies at once both end well, in the realm of the file', async () => {
    const person = await operator(keycloak, 'hook-both');
    const path = person.file(harbour({ realm: 'hook-both' }));
    const ends = await Promise.all([person.run('start-hook', path), person.run('start-hook', path)]);
    expect(ends.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect((await person.json(0, 'verify', path)).changes).toEqual([]);
    // The same at a later start: both write the secret of the provider.
    const again = await Promise.all([person.run('start-hook', path), person.run('start-hook', path)]);
    expect(again.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const steps = ((await person.call('GET', GATE)) as Json[]).map(
      (row) => row['providerId'] ?? row['displayName'],
    );
    expect(new Set(steps).size).toBe(steps.length);
  });

  it('gives a client back the scope that a gate knows it by, and no command takes away what Keycloak attached', async () => {
    await keycloak.importRealm({ enabled: true }, 'hook-marked');
    const person = await operator(keycloak, 'hook-marked');
    const step = (authenticator: string, priority: number): Json => ({
      authenticator,
      requirement: 'REQUIRED',
      priority,
      ...(priority === 1 ? { authenticatorConfig: 'gate scope' } : {}),
    });
    const path = person.file({
      clientScopes: [{ name: 'marker', protocol: 'openid-connect' }],
      clients: [{ clientId: 'web', publicClient: true, defaultClientScopes: ['profile', 'marker'] }],
      authenticationFlows: [
        {
          alias: 'gate',
          providerId: 'basic-flow',
          topLevel: true,
          builtIn: false,
          authenticationExecutions: [
            step('conditional-client-scope', 1),
            step('deny-access-authenticator', 2),
          ],
        },
      ],
      authenticatorConfig: [{ alias: 'gate scope', config: { client_scope: 'marker' } }],
    });
    await person.json(0, 'start-hook', path);
    const web = async (): Promise<Json> => named(await person.call('GET', '/clients'), 'clientId', 'web');
    const { id } = await web();
    const scopes = await person.call('GET', '/client-scopes');
    const attach = (method: string, list: string, name: string): Promise<unknown> =>
      person.call(method, `/clients/${id}/${list}-client-scopes/${named(scopes, 'name', name)['id']}`);
    await attach('DELETE', 'default', 'marker');
    await attach('PUT', 'optional', 'marker');
    await attach('PUT', 'default', 'basic');
    await attach('PUT', 'default', 'phone');

    expect((await person.json(0, 'start-hook', path)).changes.map(({ path: list }) => list)).toEqual([
      'defaultClientScopes',
      'optionalClientScopes',
    ]);
    const scopesOf = async (): Promise<unknown> => {
      const { defaultClientScopes, optionalClientScopes } = (await web()) as Record<string, string[]>;
      return [defaultClientScopes?.toSorted(), optionalClientScopes];
    };
    expect(await scopesOf()).toEqual([['basic', 'marker', 'phone', 'profile'], []]);
    await person.json(0, 'apply', path, '--yes');
    expect(await scopesOf()).toEqual([['basic', 'marker', 'profile'], []]);
  });
});
