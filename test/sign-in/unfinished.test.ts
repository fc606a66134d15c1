import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONFIG_COMMANDS } from '../../src/commands/config/table.ts';
import { PROFILE_COMMANDS } from '../../src/commands/profile/table.ts';
import { parseProgram } from '../../src/commands/program.ts';
import { saveProfile } from '../../src/config/write.ts';
import type { JwtCredential } from '../../src/credentials/credential.ts';
import { openStore } from '../../src/credentials/open-store.ts';
import { replaceCredential } from '../../src/sign-in/replace.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContext, testContext } from '../support/context.ts';

const ORIGIN = 'https://platform.example';
const credential: JwtCredential = {
  kind: 'jwt',
  origin: ORIGIN,
  identity: {},
  obtainedAt: 1,
  token: new Secret('token-of-a-person'),
};
const idOf = (person: string): string => `${ORIGIN}#${person}`;

/** A machine with a keychain that, like the real ones, does not list what it holds. */
function machine(): TestContext & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  const loadKeychain = async () => ({
    getPassword: async (_service: string, account: string) => entries.get(account) ?? null,
    setPassword: async (_service: string, account: string, text: string) => void entries.set(account, text),
    deletePassword: async (_service: string, account: string) => entries.delete(account),
  });
  return Object.assign(testContext({ override: { loadKeychain } }), { entries });
}

async function signIn(context: TestContext, person: string, killed = false): Promise<void> {
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

it('a sign-in that ends before its profile is written leaves nothing behind after the next one', async () => {
  const context = machine();
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  expect([...context.entries.keys()]).toEqual([idOf('ada')]);
  await signIn(context, 'bob');
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('bob')], []]);
});

it('one that somebody is signed in with by now stays', async () => {
  const context = machine();
  await signIn(context, 'ada');
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  await signIn(context, 'bob');
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('ada'), idOf('bob')], []]);
});

it.each([
  ['config', 'reset', '--yes'],
  ['profile', 'logout', '--all', '--yes'],
])('%s %s removes it too', async (...command) => {
  const context = machine();
  await signIn(context, 'bob');
  await expect(signIn(context, 'ada', true)).rejects.toThrow('killed');
  await run(context, ...command);
  expect([[...context.entries.keys()], notes(context)]).toEqual([[], []]);
});

it('a keychain that cannot be opened keeps nobody from signing in, and it is removed the next time', async () => {
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
  await replaceCredential(locked, { store, id, credential }, undefined, save);
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('ada')], [expect.any(String)]]);
  await signIn(context, 'eve');
  expect([[...context.entries.keys()], notes(context)]).toEqual([[idOf('eve')], []]);
});
