import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ADA_ID, BOB_ID } from '../support/people.ts';
import { eventsOf, IN_ENCRYPTED_FILE, Machine } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

const SHAPES: Readonly<Record<string, string>> = {
  'profile list': 'profile-list',
  'profile status': 'profile-status',
  'profile use': 'profile-use',
  'profile rename': 'profile-rename',
  'profile delete': 'profile-delete',
  'config reset': 'config-reset',
};

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const result = await machine.run([...args, '--json']);
  const failed = result.stdout.includes('"error"');
  const shape = failed ? 'error' : SHAPES[args.slice(0, 2).join(' ')];
  const value = shape === undefined ? JSON.parse(result.stdout) : expectShape(shape, result.stdout);
  return { code: result.code, ...value };
};

it('several platforms and accounts side by side: list, use, rename, delete', async () => {
  const ada = await machine.sandbox('--auto-approve', 'ada');
  const bob = await machine.sandbox('--auto-approve', 'bob');
  await machine.signIn(ada.url, '--profile', 'work', ...IN_ENCRYPTED_FILE);
  await machine.signIn(bob.url, '--profile', 'home');
  expect(await json('profile', 'list')).toMatchObject({
    active: 'home',
    profiles: [
      { name: 'work', active: false, url: ada.url, account: ADA_ID, store: 'encrypted-file' },
      { name: 'home', active: true, url: bob.url, account: BOB_ID },
    ],
  });
  expect(await json('profile', 'use', 'work')).toMatchObject({ code: 0, active: 'work' });
  expect(await json('profile', 'status')).toMatchObject({ profile: 'work', identity: { id: ADA_ID } });
  expect(await json('profile', 'status', '--profile', 'home')).toMatchObject({ identity: { id: BOB_ID } });
  expect(await json('profile', 'rename', 'work', 'office')).toMatchObject({ code: 0, name: 'office' });
  expect(await json('profile', 'status')).toMatchObject({ profile: 'office', state: 'valid' });
  expect(await json('profile', 'rename', 'office', 'home')).toMatchObject({
    code: 2,
    error: { code: 'PROFILE_EXISTS' },
  });
  expect(await json('profile', 'delete', 'nobody', '--yes')).toMatchObject({
    code: 9,
    error: { code: 'PROFILE_UNKNOWN' },
  });
  expect(await json('profile', 'delete', 'office')).toMatchObject({
    code: 2,
    error: { code: 'INPUT_REQUIRED' },
  });
  expect(await json('profile', 'delete', 'office', '--yes')).toMatchObject({ code: 0, revoked: 'yes' });
  expect((await eventsOf(ada.controlUrl)).some((event) => event.kind === 'revoke')).toBe(true);
  expect(await json('profile', 'list')).toMatchObject({ active: 'home', profiles: [{ name: 'home' }] });
  expect(readdirSync(join(machine.home, 'credentials'))).toHaveLength(1);
});

it('deleting a profile keeps a credential that another profile uses', async () => {
  const { url } = await machine.sandbox('--auto-approve', 'ada');
  await machine.signIn(url, '--profile', 'a');
  await machine.signIn(url, '--profile', 'b');
  expect(await json('profile', 'delete', 'a', '--yes')).toMatchObject({ code: 0 });
  expect(await json('profile', 'status', '--profile', 'b')).toMatchObject({ code: 0, state: 'valid' });
});

it('the same account in two stores is two credentials: signing out of one keeps the other', async () => {
  const { url } = await machine.sandbox();
  const token = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout;
  for (const [profile, store] of [
    ['a', 'encrypted-file'],
    ['b', 'plaintext-file'],
    ['c', 'plaintext-file'],
  ] as const)
    await machine.run(
      ['profile', 'login', '--url', url, '--with-token', '--profile', profile, '--store', store],
      {
        input: token,
      },
    );
  expect(await json('profile', 'logout', '--profile', 'a')).toMatchObject({ code: 0, removed: ['a'] });
  expect(await json('profile', 'status', '--profile', 'b')).toMatchObject({ state: 'valid' });
  expect(readdirSync(join(machine.home, 'credentials'))).toHaveLength(1);
  expect(await json('profile', 'delete', 'b', '--yes')).toMatchObject({ code: 0 });
  expect(await json('profile', 'status', '--profile', 'c')).toMatchObject({ state: 'valid' });
  expect(await json('profile', 'delete', 'c', '--yes')).toMatchObject({ code: 0 });
  expect(readdirSync(join(machine.home, 'credentials'))).toEqual([]);
});

it('S34: a locked store does not keep other profiles signed in, and a reset still works', async () => {
  const { url } = await machine.sandbox();
  const token = (await machine.run(['sandbox', 'token', '--user', 'ada'])).stdout;
  const login = ['profile', 'login', '--url', url, '--with-token', '--store', 'encrypted-file', '--profile'];
  for (const profile of ['a', 'z']) await machine.run([...login, profile], { input: token });
  const path = join(machine.home, 'codemie-cli.config.json');
  const settings = JSON.parse(readFileSync(path, 'utf8'));
  settings.profiles.a.credential.store = 'keychain';
  writeFileSync(path, JSON.stringify(settings));
  expect(await json('profile', 'logout', '--all', '--yes')).toMatchObject({ code: 8 });
  expect(await json('profile', 'status', '--profile', 'z')).toMatchObject({ state: 'missing' });
  expect(await json('profile', 'delete', 'a', '--yes')).toMatchObject({ code: 8 });
  const reset = await machine.run(['config', 'reset', '--yes']);
  expect([reset.code, reset.stderr]).toEqual([0, expect.stringContaining('were not removed')]);
});

it('config reset signs out everywhere, keeps a backup, and works on a broken file', async () => {
  const { url, controlUrl } = await machine.sandbox('--auto-approve', 'ada');
  await machine.signIn(url);
  expect(await json('config', 'reset')).toMatchObject({ code: 2, error: { code: 'INPUT_REQUIRED' } });
  const reset = await json('config', 'reset', '--yes');
  expect(reset).toMatchObject({ code: 0, removed: ['default'], revoked: 'yes' });
  expect((await eventsOf(controlUrl)).some((event) => event.kind === 'revoke')).toBe(true);
  expect(readdirSync(machine.home).filter((name) => name.includes('config'))).toEqual([
    expect.stringMatching(/\.bak$/),
  ]);
  expect(await json('profile', 'status')).toMatchObject({ code: 4, state: 'missing' });
  const key = 'sk-of-an-older-program-0123456789';
  writeFileSync(join(machine.home, 'codemie-cli.config.json'), `{ broken\n"apiKey": "${key}"`, {
    mode: 0o644,
  });
  const broken = await json('config', 'reset', '--yes');
  expect(broken).toMatchObject({ code: 0 });
  expect(statSync(String((broken as unknown as { backup: string }).backup)).mode & 0o777).toBe(0o600);
  expect([...machine.files().values()].filter((text) => text.includes(key))).toEqual([]);
  expect(await json('config', 'reset', '--yes')).toMatchObject({ code: 0, backup: null });
});

it('refreshing beside "profile move" in another process never says that you are signed out', async () => {
  const { url } = await machine.sandbox('--auto-approve', 'ada');
  await machine.signIn(url);
  let isMoving = true;
  const moves = (async () => {
    for (const store of ['plaintext-file', 'encrypted-file'])
      expect(await machine.run(['profile', 'move', '--to', store])).toMatchObject({ code: 0 });
  })().finally(() => {
    isMoving = false;
  });
  while (isMoving) expect(await machine.run(['profile', 'refresh'])).toMatchObject({ code: 0 });
  await moves;
  expect(await json('profile', 'status')).toMatchObject({ state: 'valid', store: 'encrypted-file' });
});
