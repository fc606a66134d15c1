import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { saveProfile } from '../../src/config/write.ts';
import type { OidcCredential } from '../../src/credentials/credential.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import type { SecretStore } from '../../src/credentials/keep/store.ts';
import { signOut } from '../../src/credentials/lifecycle/sign-out.ts';
import { renewOidc } from '../../src/credentials/renew/oidc.ts';
import { systemClock } from '../../src/system/clock.ts';
import { writeFileAtomic } from '../../src/system/files.ts';
import { withLock } from '../../src/system/lock.ts';
import { runningSet } from '../../src/system/process/running.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContext, temporaryFolder, testContext } from '../support/context.ts';

/**
 * What the next file-system calls do: the `at`-th call fails; with `killed`, all later calls do nothing, as in a dead
 * process. `done` lists the completed writes, flushes and renames by the last part of their path.
 */
const plan = vi.hoisted(() => ({
  at: Number.POSITIVE_INFINITY,
  calls: 0,
  killed: false,
  code: 'EIO',
  /** The result of the `shortAt`-th write from now: `nothing` (0 bytes), or an error code. */
  short: '',
  shortAt: 0,
  done: [] as string[],
  open: new Map<number, string>(),
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const fail = (): never => {
    throw Object.assign(new Error(plan.killed ? 'killed' : plan.code), {
      code: plan.killed ? 'KILLED' : plan.code,
    });
  };
  const counted =
    <Args extends unknown[], Result>(work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      plan.calls += 1;
      if (plan.calls === plan.at || (plan.killed && plan.calls > plan.at)) fail();
      return work(...args);
    };
  const note = (what: string, path: string | undefined): void =>
    void plan.done.push(`${what} ${path?.split(/[/\\]/).at(-1)}`);
  return {
    ...real,
    mkdirSync: counted(real.mkdirSync as never),
    openSync: counted((path: string, ...rest: [string, number?]) => {
      const handle = real.openSync(path, ...rest);
      plan.open.set(handle, path);
      return handle;
    }),
    writeSync: (handle: number, bytes: Uint8Array, offset = 0) => {
      plan.calls += 1;
      if (plan.calls === plan.at || (plan.killed && plan.calls > plan.at)) {
        // The process dies, or the disk fills up, in the middle of a write.
        real.writeSync(handle, bytes, offset, Math.floor((bytes.length - offset) / 2));
        fail();
      }
      if (plan.short !== '') {
        plan.shortAt -= 1;
        if (plan.shortAt === 0 && plan.short === 'nothing') return 0;
        if (plan.shortAt === 0) throw Object.assign(new Error(plan.short), { code: plan.short });
      }
      note('write', plan.open.get(handle));
      // Short writes are normal.
      return real.writeSync(handle, bytes, offset, Math.max(1, Math.ceil((bytes.length - offset) / 2)));
    },
    fsyncSync: counted((handle: number) => {
      real.fsyncSync(handle);
      note('flush', plan.open.get(handle));
    }),
    closeSync: (handle: number) => {
      plan.calls += 1;
      real.closeSync(handle);
      if (plan.calls === plan.at || (plan.killed && plan.calls > plan.at)) fail();
    },
    renameSync: counted((from: string, to: string) => {
      real.renameSync(from, to);
      note('rename', from);
    }),
    unlinkSync: counted(real.unlinkSync),
    readdirSync: counted(real.readdirSync as never),
    lstatSync: counted(real.lstatSync as never),
    chmodSync: counted(real.chmodSync),
  };
});

function inject(at: number, how: { killed: boolean; code?: string }): void {
  Object.assign(plan, { at, calls: 0, code: 'EIO', short: '', ...how });
}
const still = (): void => inject(Number.POSITIVE_INFINITY, { killed: false });
beforeEach(still);

const OLD = 'the old credential';
const NEW = `the new credential ${'n'.repeat(5000)}`;
const MOST_CALLS = 40;

/** Overwrites an old file, with a fault at the n-th call. @returns whether that call was reached. */
function disturbed(
  at: number,
  how: { killed: boolean; code?: string },
): { path: string; reached: boolean; failed: boolean } {
  still();
  const folder = join(temporaryFolder(), 'credentials');
  mkdirSync(folder);
  const path = join(folder, 'c.enc');
  writeFileSync(path, OLD, { mode: 0o600 });
  inject(at, how);
  let failed = false;
  try {
    writeFileAtomic(path, NEW);
  } catch {
    failed = true;
  }
  const reached = plan.calls >= at;
  still();
  return { path, reached, failed };
}

const old: OidcCredential = {
  kind: 'oidc',
  origin: 'https://h.example',
  identity: { id: 'ada' },
  obtainedAt: 1,
  expiresAt: 2,
  issuer: 'https://idp.example',
  clientId: 'codemie-cli',
  tokenEndpoint: 'https://idp.example/token',
  accessToken: new Secret('the-old-access-token'),
  refreshToken: new Secret('the-old-refresh-token'),
};
const ID = 'https://h.example#ada';
const renewed = {
  access_token: 'the-new-access-token',
  refresh_token: 'the-new-refresh-token',
  expires_in: 300,
};

/** A signed-in user, at a provider that grants every refresh. */
async function signedIn(): Promise<{ context: TestContext; store: SecretStore }> {
  still();
  const http = async () => ({
    status: 200,
    headers: {},
    setCookie: [],
    body: Buffer.from(JSON.stringify(renewed)),
  });
  const context = testContext({ override: { http } });
  const store = await openStore('plaintext-file', context);
  await store.set(ID, old);
  const credential = { store: 'plaintext-file', id: ID };
  await saveProfile(context, 'default', { codeMieUrl: old.origin, credential }, { activate: true });
  return { context, store };
}

describe('S24, S29: a refresh or a sign-out that is killed or fails at any step', () => {
  it.each([
    [
      'a refresh, killed',
      { killed: true },
      (context: TestContext, store: SecretStore) => renewOidc({ context, store, id: ID }, old),
    ],
    [
      'a refresh, disk full',
      { killed: false, code: 'ENOSPC' },
      (context: TestContext, store: SecretStore) => renewOidc({ context, store, id: ID }, old),
    ],
    ['a sign-out, killed', { killed: true }, (context: TestContext) => signOut(context, ['default'])],
    ['a sign-out, disk broken', { killed: false }, (context: TestContext) => signOut(context, ['default'])],
  ])(
    '%s: the store holds the whole old or the whole new credential; signing out still works',
    async (_what, how, work) => {
      let steps = 0;
      for (let at = 1; at <= 120; at += 1) {
        const { context, store } = await signedIn();
        inject(at, how);
        await work(context, store).catch(() => undefined);
        const reached = plan.calls >= at;
        still();
        if (!reached) break;
        steps += 1;
        const held = await store.get(ID);
        if (held !== undefined)
          expect(['the-old-access-token', 'the-new-access-token'], `step ${at}`).toContain(
            (held as OidcCredential).accessToken.reveal(),
          );
        // A dead owner's lock must not block. Here the owner is this process itself, so remove its lock.
        rmSync(join(context.home, 'locks'), { recursive: true, force: true });
        await signOut(context, ['default']);
        expect(await store.get(ID), `step ${at}`).toBeUndefined();
        const left = readdirSync(join(context.home, 'credentials')).filter((name) => !/tmp$/.test(name));
        expect(left, `step ${at}`).toEqual([]);
      }
      expect(steps).toBeGreaterThan(8);
    },
    60_000,
  );
});

describe('S24: an interrupted write', () => {
  it.each([
    ['by a kill', { killed: true }],
    ['by an error', { killed: false }],
    ['by a full disk', { killed: false, code: 'ENOSPC' }],
  ])('%s at any step leaves the whole old or new file, and the next write works', (_what, how) => {
    let steps = 0;
    for (let at = 1; at <= MOST_CALLS; at += 1) {
      const { path, reached, failed } = disturbed(at, how);
      if (!reached) break;
      steps += 1;
      const held = readFileSync(path, 'utf8');
      expect([OLD, NEW], `step ${at}`).toContain(held);
      // After a reported failure the new file may still be there; after success the old one never is.
      if (!failed) expect(held, `step ${at}`).toBe(NEW);
      writeFileAtomic(path, 'the third');
      expect(readFileSync(path, 'utf8')).toBe('the third');
    }
    expect(steps).toBeGreaterThan(6);
  });

  it('flushes the new file before it replaces the old one, and the folder afterwards', () => {
    const folder = join(temporaryFolder(), 'credentials');
    plan.done = [];
    writeFileAtomic(join(folder, 'c.enc'), NEW);
    const steps = plan.done.map((step) => step.replace(/c\.enc\.\S+\.tmp$/, 'new'));
    expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual([
      'write new',
      'flush new',
      'rename new',
      'flush credentials',
    ]);
  });

  it('does not flush the state file of a process to disk', () => {
    const folder = join(temporaryFolder(), 'in-use');
    plan.done = [];
    runningSet(folder).remember({ pid: process.pid, startedAt: '2026-01-01T00:00:00.000Z' });
    const steps = plan.done.map((step) => step.replace(/\d+\.json\.\S+\.tmp$/, 'new'));
    expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual(['write new', 'rename new']);
  });

  it.each([
    ['writes nothing more', 'nothing'],
    ['runs out of space part-way', 'ENOSPC'],
    ['reaches a file size limit', 'EFBIG'],
  ])('fails and keeps the old file whole when the system %s', (_what, short) => {
    for (const at of [1, 2, 5]) {
      still();
      const folder = join(temporaryFolder(), 'credentials');
      mkdirSync(folder);
      const path = join(folder, 'settings.json');
      writeFileSync(path, OLD);
      Object.assign(plan, { short, shortAt: at });
      expect(() => writeFileAtomic(path, NEW)).toThrow(
        expect.objectContaining({ code: short === 'nothing' ? 'ENOSPC' : short }),
      );
      still();
      expect(readFileSync(path, 'utf8')).toBe(OLD);
      expect(readdirSync(folder)).toEqual(['settings.json']);
    }
  });

  it('recognises and removes its own lock when the system writes it in parts', async () => {
    still();
    const path = join(temporaryFolder(), 'a.lock');
    await withLock(path, { clock: systemClock }, async () => {
      expect(readFileSync(path, 'utf8')).toMatch(/^\d+ \S+ \S+ \S+ [0-9a-f]{16}$/);
    });
    expect(existsSync(path)).toBe(false);
  });

  it('leaves no part of the secret beside the file after an error', () => {
    for (let at = 1; at <= MOST_CALLS; at += 1) {
      const { path, reached } = disturbed(at, { killed: false, code: 'ENOSPC' });
      if (!reached) break;
      const beside = readdirSync(join(path, '..')).filter((name) => name !== 'c.enc');
      expect(beside, `step ${at}`).toEqual([]);
    }
  });
});
