import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, type Operator, operator } from '../support/realm-cli.ts';

const missing = prepareKeycloak();
let keycloak: KeycloakServer;

beforeAll(async () => {
  if (missing === undefined) keycloak = await keycloakServer();
}, 180_000);

const fixture = (realm: string): Json => ({
  ...(JSON.parse(readFileSync(join('test/fixtures/realms', 'harbour.json'), 'utf8')) as Json),
  realm,
});

/** What can be created once, each by the end of its path. */
const CREATIONS = [
  /^\/admin\/realms$/,
  /\/clients$/,
  /\/roles$/,
  /\/client-scopes$/,
  /\/protocol-mappers\/models$/,
  /\/groups$/,
  /\/authentication\/flows$/,
  /\/executions\/execution$/,
  /\/executions\/flow$/,
  /\/identity-provider\/instances$/,
];

async function stepsOf({ call }: Operator): Promise<readonly unknown[]> {
  const path = `/authentication/flows/${encodeURIComponent('harbour browser')}/executions`;
  return ((await call('GET', path)) as Json[]).map(
    ({ providerId, displayName }) => providerId ?? displayName,
  );
}

async function finished(person: Operator, path: string): Promise<void> {
  expect(await person.json(0, 'apply', path, '--yes')).toMatchObject({ verified: true });
  expect((await person.json(0, 'verify', path)).changes).toEqual([]);
  const steps = await stepsOf(person);
  expect(steps).toHaveLength(9);
  expect(new Set(steps).size).toBe(9);
}

describe.skipIf(missing !== undefined)('an apply in trouble', () => {
  it('finishes although the answer to the first creation of each kind is lost, and makes nothing twice', async () => {
    const lost = new Set<RegExp>();
    const person = await operator(keycloak, 'lost-replies', ({ method, path, status }) => {
      const kind = CREATIONS.find((pattern) => pattern.test(path));
      if (method !== 'POST' || status !== 201 || kind === undefined || lost.has(kind)) return false;
      lost.add(kind);
      return true;
    });
    const path = person.file(fixture('lost-replies'));
    // The realm itself is the first one; a second run goes on from there.
    const first = await person.run('apply', path, '--yes');
    expect(first.stderr).not.toMatch(/\bat .*\.[cj]s:/);
    await finished(person, path);
    expect(lost.size).toBe(CREATIONS.length);
    expect(person.proxy.passed.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it('that is killed never leaves a flow in use that is half built, and the next one finishes', async () => {
    const seen = { count: 0 };
    let stop: (() => void) | undefined;
    const person = await operator(keycloak, 'killed', ({ method, path }) => {
      if (method === 'POST' && path.includes('/executions/')) seen.count += 1;
      if (seen.count === 3) stop?.();
      return false;
    });
    const path = person.file(fixture('killed'));
    const child = person.start('apply', path, '--yes');
    stop = () => child.kill('SIGKILL');
    await once(child, 'exit');
    expect(seen.count).toBeGreaterThanOrEqual(3);
    expect(await person.call('GET', '')).toMatchObject({ enabled: false, browserFlow: 'browser' });
    stop = undefined;
    await finished(person, path);
  });

  it('two at once end in the realm of the file', async () => {
    const person = await operator(keycloak, 'both');
    await keycloak.importRealm({ enabled: true }, 'both');
    const path = person.file(fixture('both'));
    const ends = await Promise.all([person.run('apply', path, '--yes'), person.run('apply', path, '--yes')]);
    expect(ends.map(({ stderr }) => stderr).join('')).not.toMatch(/\bat .*\.[cj]s:/);
    await finished(person, path);
  });
});
