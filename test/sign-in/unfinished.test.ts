import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_COMMANDS } from '../../src/commands/config/table.ts';
import { PROFILE_COMMANDS } from '../../src/commands/profile/table.ts';
import { parseProgram } from '../../src/commands/program.ts';
import { readConfig } from '../../src/config/file.ts';
import { saveProfile } from '../../src/config/write.ts';
import type { Credential, JwtCredential, OidcCredential } from '../../src/credentials/credential.ts';
import { openAccess } from '../../src/credentials/find/find-access.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import { moveCredential } from '../../src/credentials/lifecycle/move.ts';
import { previousCredential, replaceCredential } from '../../src/credentials/lifecycle/replace.ts';
import type { HttpRequest } from '../../src/net/http.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContext, testContext } from '../support/context.ts';

const ORIGIN = 'https://platform.example';
const jwt: JwtCredential = {
  kind: 'jwt',
  origin: ORIGIN,
  identity: {},
  obtainedAt: 1,
  token: new Secret('token-of-a-person'),
};
const idOf = (person: string): string => `${ORIGIN}#${person}`;

/** A sign-in that belongs to one session of the provider. */
const ofSession = (name: string, session: string): OidcCredential => ({
  kind: 'oidc',
  origin: ORIGIN,
  identity: {},
  obtainedAt: 1,
  expiresAt: 2,
  issuer: 'https://idp.example',
  clientId: 'codemie-cli',
  tokenEndpoint: 'https://idp.example/token',
  revocationEndpoint: 'https://idp.example/revoke',
  accessToken: new Secret(`access-token-${name}`),
  refreshToken: new Secret(`refresh-token-${name}`),
  idToken: new Secret(`.${Buffer.from(JSON.stringify({ sid: session })).toString('base64url')}.`),
});

interface Here extends TestContext {
  readonly entries: Map<string, string>;
  /** The tokens revoked at the server. */
  readonly revoked: string[];
  /** Number of keychain and settings operations before the program is killed. */
  left: number;
  /** Like a real locked keychain: its entries read as absent. */
  locked: boolean;
}

/** A machine with a keychain that, like real ones, cannot list its entries. */
function machine(): Here {
  const entries = new Map<string, string>();
  const revoked: string[] = [];
  const step = async (): Promise<void> => {
    if (here.locked) throw new Error('Cannot create an item in a locked collection');
    if (here.left <= 0) throw new Error('killed');
    here.left -= 1;
  };
  const loadKeychain = async () => ({
    getPassword: async (_service: string, account: string) =>
      here.locked ? null : step().then(() => entries.get(account) ?? null),
    setPassword: (_service: string, account: string, text: string) =>
      step().then(() => void entries.set(account, text)),
    deletePassword: async (_service: string, account: string) =>
      here.locked ? false : step().then(() => entries.delete(account)),
  });
  const http = async ({ body }: HttpRequest) => {
    revoked.push(new URLSearchParams(String(body)).get('token') ?? '');
    return { status: 200, headers: {}, setCookie: [], body: Buffer.alloc(0) };
  };
  const override = { loadKeychain, http };
  const left = Number.POSITIVE_INFINITY;
  const here: Here = Object.assign(testContext({ override }), { entries, revoked, left, locked: false });
  return here;
}

async function signIn(
  context: TestContext,
  person: string,
  killed = false,
  credential: Credential = jwt,
): Promise<void> {
  const store = await openStore('keychain', context);
  const id = idOf(person);
  const save = async (): Promise<unknown> => {
    if (killed) throw new Error('killed');
    const reference = { store: 'keychain', id };
    return saveProfile(context, person, { codeMieUrl: ORIGIN, credential: reference }, { activate: true });
  };
  await replaceCredential(context, { store, id, credential }, undefined, save);
}

const notes = ({ home }: TestContext): string[] =>
  existsSync(join(home, 'unfinished')) ? readdirSync(join(home, 'unfinished')) : [];

async function run(context: TestContext, ...args: string[]): Promise<void> {
  const chosen = await parseProgram([...CONFIG_COMMANDS, ...PROFILE_COMMANDS], args, context.terminal);
  if (chosen === undefined) throw new Error('no command');
  expect(await (await chosen.spec.load()).run(chosen.input, context)).toBe(0);
}

it('an entry from a sign-in that was killed before its profile was saved is removed by the next sign-in', async () => {
  const context = machine();
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  expect([...context.entries.keys()]).toEqual([idOf('ada')]);
  await signIn(context, 'bob');
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('bob')], []]);
});

it('an entry that a profile uses by now is kept', async () => {
  const context = machine();
  await signIn(context, 'ada');
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  await signIn(context, 'bob');
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('ada'), idOf('bob')], []]);
});

it.each([
  ['config', 'reset', '--yes'],
  ['profile', 'logout', '--all', '--yes'],
])('%s %s removes the entry too', async (...command) => {
  const context = machine();
  await signIn(context, 'bob');
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  await run(context, ...command);
  expect([[...context.entries.keys()], notes(context)]).toEqual([[], []]);
});

it('a keychain that cannot be opened does not prevent a sign-in, and the entry is removed later', async () => {
  const context = machine();
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  const id = idOf('bob');
  const locked = { ...context, loadKeychain: () => Promise.reject(new Error('no module')) };
  const store = await openStore('plaintext-file', locked);
  const save = () =>
    saveProfile(
      locked,
      'bob',
      { codeMieUrl: ORIGIN, credential: { store: 'plaintext-file', id } },
      { activate: true },
    );
  await replaceCredential(locked, { store, id, credential: jwt }, undefined, save);
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('ada')], [expect.any(String)]]);
  await signIn(context, 'eve');
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('eve')], []]);
});

describe('a removed entry is also revoked at the server', () => {
  const LOST = ['refresh-token-lost', 'access-token-lost'];

  it('by the next sign-in', async () => {
    const context = machine();
    await expect(signIn(context, 'ada', true, ofSession('lost', 'one'))).rejects.toThrow('killed');
    await signIn(context, 'bob', false, ofSession('kept', 'two'));
    expect([[...context.entries.keys()], context.revoked]).toEqual([[idOf('bob')], LOST]);
  });

  it.each([
    ['config', 'reset', '--yes'],
    ['profile', 'logout', '--all', '--yes'],
  ])('by %s %s', async (...command) => {
    const context = machine();
    await expect(signIn(context, 'ada', true, ofSession('lost', 'one'))).rejects.toThrow('killed');
    await run(context, ...command);
    expect([[...context.entries.keys()], context.revoked]).toEqual([[], LOST]);
  });

  it('but not if that would end the new sign-in in the same session', async () => {
    const context = machine();
    await expect(signIn(context, 'ada', true, ofSession('lost', 'one'))).rejects.toThrow('killed');
    await signIn(context, 'bob', false, ofSession('kept', 'one'));
    expect([[...context.entries.keys()], context.revoked]).toEqual([[idOf('bob')], []]);
  });

  it('nor if the same account is signed in with another store', async () => {
    const context = machine();
    await signIn(context, 'ada', false, ofSession('kept', 'one'));
    await moveCredential(context, 'ada', 'plaintext-file');
    await expect(signIn(context, 'ada', true, ofSession('lost', 'one'))).rejects.toThrow('killed');
    await signIn(context, 'bob');
    expect([[...context.entries.keys()], context.revoked]).toEqual([[idOf('bob')], []]);
  });
});

describe('with a locked keychain', () => {
  it('no sign-in is lost', async () => {
    const context = machine();
    await signIn(context, 'ada');
    context.locked = true;
    await expect(run(context, 'profile', 'logout')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    context.locked = false;
    expect((await openAccess(context, {})).credential.kind).toBe('jwt');
  });

  it('an entry that a reset could not remove is removed by the next sign-in', async () => {
    const context = machine();
    await signIn(context, 'ada');
    context.locked = true;
    await run(context, 'config', 'reset', '--yes');
    expect(context.out.stderr).toContain('were not removed');
    context.locked = false;
    await signIn(context, 'bob');
    expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('bob')], []]);
  });

  it('an entry that a sign-in with another store replaced is removed by the next sign-in', async () => {
    const context = machine();
    await signIn(context, 'ada');
    context.locked = true;
    const profile = readConfig(context.home).profiles['ada'];
    const store = await openStore('plaintext-file', context);
    const next = { store, id: idOf('ada'), credential: jwt };
    const credential = { store: 'plaintext-file', id: idOf('ada') };
    await replaceCredential(context, next, await previousCredential(context, profile), () =>
      saveProfile(context, 'ada', { credential }, { activate: true }),
    );
    context.locked = false;
    await signIn(context, 'bob');
    expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('bob')], []]);
  });
});

it.each([
  ['keychain', 'plaintext-file'],
  ['plaintext-file', 'keychain'],
] as const)(
  'a move from %s to %s that is killed at any step leaves no unreferenced entry',
  async (from, to) => {
    for (let steps = 0; ; steps += 1) {
      const context = machine();
      await signIn(context, 'ada', false, ofSession('kept', 'one'));
      await moveCredential(context, 'ada', from);
      context.left = steps;
      const done = await moveCredential(context, 'ada', to).then(
        () => true,
        () => false,
      );
      context.left = Number.POSITIVE_INFINITY;
      await signIn(context, 'bob');
      const store = readConfig(context.home).profiles['ada']?.credential?.store;
      const expected = store === 'keychain' ? [idOf('ada'), idOf('bob')] : [idOf('bob')];
      const entries = [...context.entries.keys()].filter((name) => !name.startsWith('probe-'));
      expect([entries, notes(context)], `after ${steps} steps`).toEqual([expected, []]);
      expect(readdirSync(join(context.home, 'credentials'))).toHaveLength(store === 'keychain' ? 0 : 1);
      expect((await openAccess(context, { profile: 'ada' })).credential.kind).toBe('oidc');
      expect(context.revoked).toEqual([]);
      if (done) break;
    }
  },
);
