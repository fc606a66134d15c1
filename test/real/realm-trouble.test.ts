import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Passed } from '../support/counting-proxy.ts';
import { type KeycloakServer, keycloakServer, prepareKeycloak } from '../support/keycloak-server.ts';
import { type Json, named, type Operator, operator } from '../support/realm-cli.ts';
import { serviceAccount } from '../support/realm-connection.ts';

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
  /\/groups\/[^/]+\/children$/,
  /\/authentication\/flows$/,
  /\/executions\/execution$/,
  /\/executions\/flow$/,
  /\/executions\/[^/]+\/config$/,
  /\/identity-provider\/instances$/,
  /\/identity-provider\/instances\/[^/]+\/mappers$/,
  /\/users$/,
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
    expect(CREATIONS.filter((kind) => !lost.has(kind))).toEqual([]);
    expect(person.proxy.passed.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it('finishes when run again, whichever change or deletion lost its answer', async () => {
    const lost = new Set<string>();
    const person = await operator(keycloak, 'lost-changes', ({ method, path, status }) => {
      // A kind of request: its path without names and ids.
      const kind = `${method} ${path.replace(/[0-9a-f-]{36}|(instances|flows|roles|required-actions)\/[^/]+/g, '$1')}`;
      if (method === 'GET' || status !== 204 || lost.has(kind)) return false;
      lost.add(kind);
      return true;
    });
    const whole = fixture('lost-changes');
    const path = person.file(whole);
    await keycloak.importRealm({ ...whole, displayName: 'Old' }, 'lost-changes');
    for (const one of ['/roles/inspector', '/identity-provider/instances/pilots'])
      await person.call('DELETE', one);
    const client = named(await person.call('GET', '/clients?clientId=crane'), 'clientId', 'crane');
    await person.call('PUT', `/clients/${client['id']}`, { ...client, name: 'Old', redirectUris: [] });
    await person.call('PUT', '', { browserFlow: 'browser' });
    await person.call('POST', '/clients', { clientId: 'stray' });
    const stray = person.file({ codemie: { delete: { clients: ['stray'] } } }, 'stray.json');
    let runs = 0;
    for (let code: number | null = 1; code !== 0 && runs < 30; runs += 1)
      ({ code } = await person.run('apply', path, stray, '--yes'));
    expect(runs).toBe(lost.size + 1);
    expect([...lost].map((kind) => kind.split(' ')[0])).toEqual(
      expect.arrayContaining(['PUT', 'POST', 'DELETE']),
    );
    expect((await person.json(0, 'verify', path, stray)).changes).toEqual([]);
    await finished(person, path);
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

  it('whose token ends in the middle gets another, and finishes in one run', async () => {
    await keycloak.importRealm({ enabled: true }, 'expiring');
    const login = await serviceAccount(keycloak, 'expiring', ['realm-admin']);
    if (login.kind !== 'client') throw new Error('not a client');
    let flows = 0;
    const endTokens = async ({ method, path }: Passed): Promise<boolean> => {
      if (method !== 'POST' || !path.includes('/executions/')) return false;
      flows += 1;
      if (flows !== 3) return false;
      // The answer waits until tokens of before are too old and new ones are not.
      const notBefore = Math.floor(Date.now() / 1000) + 1;
      await keycloak.call('PUT', '/expiring', { notBefore });
      await expect.poll(() => Date.now() / 1000 >= notBefore, { timeout: 5000 }).toBe(true);
      return false;
    };
    const person = await operator(keycloak, 'expiring', endTokens, {
      KEYCLOAK_ADMIN_CLIENT_ID: login.clientId,
      KEYCLOAK_ADMIN_CLIENT_SECRET: login.secret.reveal(),
    });
    const path = person.file(fixture('expiring'));
    expect(await person.json(0, 'apply', path, '--yes')).toMatchObject({ verified: true });
    expect(person.proxy.passed.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(person.proxy.signIns()).toHaveLength(2);
    await finished(person, path);
  });

  it('whose server stops says so, exits with 5, and the next one finishes', async () => {
    const { person, outage } = await stopping('stopped');
    const path = person.file(fixture('stopped'));
    const { code, stderr } = await person.run('apply', path, '--yes');
    expect(outage.begun).toBe(true);
    expect(code, stderr).toBe(5);
    expect(stderr).toMatch(/127\.0\.0\.1:\d+ (closed|refused) the connection\./);
    expect(stderr).not.toMatch(/\bat .*\.[cj]s:/);
    await person.proxy.up();
    await finished(person, path);
  });

  it('at the start of a container, whose server restarts in the middle, waits and finishes by itself', async () => {
    const { person } = await stopping('restarted');
    const path = person.file(fixture('restarted'));
    const child = person.start('start-hook', path);
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
      if (/Waiting for Keycloak/.test(stderr)) void back();
    });
    let isBack = false;
    const back = async (): Promise<void> => {
      if (!isBack) {
        isBack = true;
        await person.proxy.up();
      }
    };
    const [code] = await once(child, 'exit');
    expect(code, stderr).toBe(0);
    expect(isBack).toBe(true);
    await finished(person, path);
  });
});

/** An operator whose server stops at the third write below a login flow. */
async function stopping(realm: string) {
  const outage = { writes: 0, begun: false };
  const person: Operator = await operator(keycloak, realm, ({ method, path }) => {
    if (method === 'POST' && path.includes('/executions/')) outage.writes += 1;
    if (outage.writes !== 3 || outage.begun) return false;
    outage.begun = true;
    person.proxy.down();
    return true;
  });
  return { person, outage };
}

describe.skipIf(missing !== undefined)('S-C3: what no waiting helps against is clear and bounded', () => {
  it.each([
    [
      'a wrong password',
      { KC_BOOTSTRAP_ADMIN_PASSWORD: 'not-the-password-of-this-test' },
      4,
      /rejected the user "admin"/,
    ],
    [
      'an unknown account',
      { KEYCLOAK_ADMIN_CLIENT_ID: 'nobody', KEYCLOAK_ADMIN_CLIENT_SECRET: 'not-the-secret-of-this-test' },
      4,
      /rejected the client "nobody"/,
    ],
  ])('%s', async (_, env, exit, message) => {
    const person = await operator(keycloak, 'wrong-account', undefined, env);
    const path = person.file(fixture('wrong-account'));
    for (const command of ['plan', 'start-hook']) {
      const { code, stderr } = await person.run(command, path);
      expect([code, stderr]).toEqual([exit, expect.stringMatching(message)]);
      expect(stderr).not.toContain('of-this-test');
    }
    expect(person.proxy.admin()).toEqual([]);
    // One for each realm in which the account could be.
    expect(person.proxy.signIns().length).toBeLessThanOrEqual(4);
  });

  it('an absent server, of which a start hook gives the reason when the wait is over', async () => {
    const person = await operator(keycloak, 'absent', undefined, { KEYCLOAK_URL: 'http://127.0.0.1:1' });
    const path = person.file(fixture('absent'));
    const plan = await person.run('plan', path);
    expect([plan.code, plan.stderr]).toEqual([5, expect.stringContaining('refused the connection')]);
    const { code, stdout } = await person.run('start-hook', path, '--wait', '2s', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      5,
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'UNREACHABLE',
          message: expect.stringMatching(/^Keycloak was not ready within 2 s: .*refused the connection/),
        }),
      }),
    ]);
  });
});
