import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CookieGateway, cookieGateway, type FaceOfExpiry } from '../support/cookie-gateway.ts';
import { ADA_ID } from '../support/people.ts';
import { Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
let gateway: CookieGateway;
beforeEach(async () => {
  machine = new Machine();
  gateway = await cookieGateway();
});
afterEach(() => machine.dispose());

const signIn = async (): Promise<Record<string, unknown>> => {
  const login = await machine.signIn(gateway.url, '--as', 'ada@x.example', '--json');
  expect(login.code, login.stdout + login.stderr).toBe(0);
  return expectShape('profile-login', login.stdout);
};
const status = async (): Promise<Record<string, unknown>> =>
  expectShape('profile-status', (await machine.run(['profile', 'status', '--json'])).stdout);

describe('a platform behind a cookie gateway', () => {
  it('hands over a session of 60 KB, shows who signed in, and calls its expiry unknown', async () => {
    gateway.size = 44_000;
    gateway.parts = 12;
    expect(await signIn()).toMatchObject({ kind: 'session', identity: { id: ADA_ID }, expiresAt: null });
    expect(await status()).toMatchObject({ state: 'valid', kind: 'session', expiresAt: null });
  });

  it.each([401, 403, 302, 200, 'plain 403', 'xhtml', 'plain text', 'no type'] satisfies FaceOfExpiry[])(
    'an expiry that looks like %s causes one renewal, and the call succeeds',
    async (face) => {
      await signIn();
      gateway.face = face;
      gateway.age();
      expect(await status()).toMatchObject({ state: 'valid', identity: { id: ADA_ID } });
      expect([gateway.renewals(), gateway.killed()]).toEqual([1, false]);
    },
  );

  it.each([500, 503, 429])(
    'that answers %i to a renewal is an outage, not a reason to sign in again',
    async (answer) => {
      await signIn();
      gateway.age();
      gateway.gateStatus = answer;
      const run = await machine.run(['profile', 'status', '--json']);
      expect([run.code, JSON.parse(run.stdout).state]).toEqual([5, 'unreachable']);
      const refresh = await machine.run(['profile', 'refresh', '--json']);
      expect([refresh.code, expectShape('error', refresh.stdout)]).toMatchObject([
        5,
        { error: { code: 'UNREACHABLE' } },
      ]);
      gateway.gateStatus = undefined;
      expect((await status())['state']).toBe('valid');
    },
  );

  it('a renewal for another user is rejected and not saved', async () => {
    await signIn();
    gateway.successor = 'bob';
    gateway.age();
    const run = await machine.run(['profile', 'refresh', '--json']);
    expect([run.code, expectShape('error', run.stdout)]).toMatchObject([
      4,
      { error: { code: 'AUTH_IDENTITY_CHANGED' } },
    ]);
  });

  it('status, doctor and a launch report a session that now belongs to another user', async () => {
    await signIn();
    gateway.age();
    await status();
    gateway.successor = 'bob';
    const run = await machine.run(['profile', 'status', '--json']);
    const report = expectShape('profile-status', run.stdout);
    expect([run.code, report]).toMatchObject([4, { state: 'refused', identity: { id: ADA_ID } }]);
    expect(String(report['warnings'])).toContain('someone other than the person who signed in');
    const doctor = await machine.run(['doctor', '--json', '--only', 'credential']);
    expect([doctor.code, doctor.stdout]).toEqual([
      1,
      expect.stringContaining('someone other than the person who signed in'),
    ]);
    const agent = await machine.run(['--task', 'x'], {
      bin: 'codemie-claude.js',
      env: { PATH: machine.agent('console.log("started")') },
    });
    expect([agent.code, agent.stdout, agent.stderr]).toEqual([
      4,
      '',
      expect.stringContaining('someone other than the person who signed in'),
    ]);
  });

  it('past its known expiry, it is renewed once before it counts as expired', async () => {
    await signIn();
    gateway.maxAge = 1;
    gateway.age();
    expect((await status())['state']).not.toBe('missing');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    gateway.maxAge = 604_800;
    gateway.age();
    expect(await status()).toMatchObject({ state: 'valid', refreshable: true });
    expect([gateway.renewals(), gateway.killed()]).toEqual([2, false]);
  });

  it('shows its age, and ignores parts of an earlier cookie', async () => {
    gateway.leftOver = true;
    await signIn();
    const { obtainedAt } = await status();
    expect(Math.abs(Date.parse(String(obtainedAt)) - Date.now())).toBeLessThan(60_000);
    const { stdout } = await machine.run(['profile', 'status']);
    expect(stdout).toMatch(/Refreshed: +\d+ s ago/);
    expect(stdout).not.toContain("can't be refreshed");
  });

  it('a plain 403 with a live session is a denial, which the gateway confirms', async () => {
    await signIn();
    gateway.forbidden = true;
    const refused = await status();
    expect([refused['state'], gateway.renewals(), gateway.killed()]).toEqual(['refused', 0, false]);
    expect(String(refused['warnings'])).toContain("You're signed in, but you don't have access");
    gateway.forbidden = false;
    expect((await status())['state']).toBe('valid');
  });

  it.each([
    [3, 6],
    [6, 2],
    [3, 1],
    [1, 4],
  ])('a renewal from %i cookie parts to %i replaces all of them', async (before, after) => {
    gateway.parts = before;
    await signIn();
    gateway.parts = after;
    gateway.age();
    expect((await status())['state']).toBe('valid');
    gateway.age();
    expect((await status())['state']).toBe('valid');
    expect([gateway.renewals(), gateway.killed()]).toEqual([2, false]);
    expect((await status())['expiresAt']).not.toBeNull();
  });

  it('ten processes with one expired session renew it once', async () => {
    await signIn();
    gateway.age();
    const states = await Promise.all(Array.from({ length: 10 }, async () => (await status())['state']));
    expect(states).toEqual(Array(10).fill('valid'));
    expect([gateway.renewals(), gateway.killed()]).toEqual([1, false]);
  });

  it('that accepts a session the platform rejects: a token behind it has expired, sign in again', async () => {
    await signIn();
    gateway.deadBehind = true;
    const report = await status();
    expect(report).toMatchObject({ state: 'refused', hint: `codemie profile login --url ${gateway.url}` });
    expect(String(report['warnings'])).toContain('If the server rejects it, it has expired');
    const agent = await machine.run(['--task', 'x'], {
      bin: 'codemie-claude.js',
      env: { PATH: machine.agent('') },
    });
    expect(agent.code).toBe(4);
    gateway.deadBehind = false;
    expect((await status())['state']).toBe('valid');
  });
});

describe('without a network', () => {
  it('status, token inspection and sign-out work, and say what could not be checked', async () => {
    const sandbox = await machine.sandbox('--auto-approve', 'ada');
    await machine.signIn(sandbox.url);
    const token = (await machine.run(['token'])).stdout.trim();
    await machine.run(['sandbox', 'stop']);
    const offline = await machine.run(['profile', 'status', '--json', '--offline']);
    expect([offline.code, expectShape('profile-status', offline.stdout)]).toMatchObject([
      0,
      { state: 'unverified', identity: { id: ADA_ID }, connection: { state: 'not-checked' } },
    ]);
    const tried = await machine.run(['profile', 'status', '--json']);
    expect([tried.code, expectShape('profile-status', tried.stdout)]).toMatchObject([
      5,
      { state: 'unreachable', identity: { id: ADA_ID }, connection: { state: 'unreachable' } },
    ]);
    const given = await machine.run(['profile', 'status', '--json', '--offline'], {
      env: { CODEMIE_JWT_TOKEN: token },
    });
    expect(expectShape('profile-status', given.stdout)).toMatchObject({
      source: 'env',
      identity: { email: 'ada@sandbox.example' },
      signature: { state: 'not-verified' },
    });
    expect((await machine.run(['token'])).stdout.trim()).toBe(token);
    const doctor = await machine.run(['doctor', '--offline', '--json']);
    expect(expectShape('doctor', doctor.stdout)).toMatchObject({ ok: true });
    const logout = await machine.run(['profile', 'logout', '--json']);
    expect([logout.code, expectShape('profile-logout', logout.stdout)]).toMatchObject([
      0,
      { removed: ['default'], revoked: 'no' },
    ]);
    expect((await status())['state']).toBe('missing');
  });
});
