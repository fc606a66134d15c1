import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configPath, readConfig } from '../../../src/config/file.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import { legacyFiles } from '../../../src/credentials/legacy/detect.ts';
import { importLegacySecrets, removeLegacySecrets } from '../../../src/credentials/legacy/import.ts';
import { signOut } from '../../../src/credentials/lifecycle/sign-out.ts';
import type { KeychainModule } from '../../../src/system/process/keychain-child.ts';
import { type TestContext, testContext } from '../../support/context.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const KEY = createHash('sha256')
  .update(sha(`${hostname()}${process.platform}${arch()}`))
  .digest();

function sealed(value: unknown, form: 'gcm' | 'cbc' = 'gcm'): string {
  const text = JSON.stringify(value);
  if (form === 'cbc') {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', KEY, iv);
    return `${iv.toString('hex')}:${cipher.update(text, 'utf8', 'hex')}${cipher.final('hex')}`;
  }
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', KEY, iv);
  const data = cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
  return [iv.toString('hex'), cipher.getAuthTag().toString('hex'), data].join(':');
}

const COOKIE = 'payload-of-a-session|1700000000|signature';
const session = (cookies: Record<string, string> = { _oauth2_proxy: COOKIE, _oauth2_proxy_csrf: 'x' }) => ({
  cookies,
  apiUrl: 'https://h/code-assistant-api',
  expiresAt: 1,
});

function machine(
  files: Record<string, string>,
  profiles: Record<string, unknown> = { work: { provider: 'ai-run-sso', codeMieUrl: 'https://h/' } },
  entries = new Map<string, string>(),
  env: Record<string, string> = { CODEMIE_PASSPHRASE: 'of this test' },
): TestContext {
  const keychain: KeychainModule = {
    getPassword: async (service, account) => entries.get(`${service}/${account}`) ?? null,
    setPassword: async () => Promise.reject(new Error('Cannot create an item in a locked collection')),
    deletePassword: async (service, account) => entries.delete(`${service}/${account}`),
  };
  const context = testContext({ env, override: { loadKeychain: async () => keychain } });
  mkdirSync(join(context.home, 'credentials'), { recursive: true });
  writeFileSync(configPath(context.home), JSON.stringify({ version: 2, profiles }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(context.home, name), text);
  return context;
}

const PER_URL = `credentials/sso-${sha('https://h')}.enc`;

it.each([
  ['sso-credentials.enc', 'gcm'],
  ['sso-credentials.enc', 'cbc'],
  [PER_URL, 'gcm'],
  [`credentials/sso-${sha('https://h/code-assistant-api')}.enc`, 'cbc'],
] as const)(
  'copies the session in %s (%s) to the credential store, points the profile at it, and keeps the file',
  async (file, form) => {
    const context = machine({ [file]: sealed(session(), form) });
    const text = readFileSync(join(context.home, file), 'utf8');
    await importLegacySecrets(context);
    const reference = readConfig(context.home).profiles['work']?.credential;
    expect(reference).toEqual({ store: 'encrypted-file', id: 'https://h#default' });
    const kept = await (await openStore('encrypted-file', context)).get('https://h#default');
    expect(kept).toMatchObject({ kind: 'session', origin: 'https://h', obtainedAt: 1_700_000_000_000 });
    expect(kept).not.toHaveProperty('expiresAt');
    expect(kept?.kind === 'session' && kept.cookies['_oauth2_proxy']?.reveal()).toBe(COOKIE);
    // You can go back: the existing CLI finds everything unchanged.
    expect(readFileSync(join(context.home, file), 'utf8')).toBe(text);
    expect(readConfig(context.home).profiles['work']).not.toHaveProperty('authMethod');
    expect(context.out.stderr.split('\n')).toEqual([
      'Copied from the existing CodeMie CLI to your credential store (encrypted-file): the sign-in to https://h (profile work). Its own files were not changed, so you can still use it.',
      `The originals are still readable in ${join(context.home, file)}. To remove them: codemie config remove-old-secrets`,
      '',
    ]);
    expect(context.out.stdout).toBe('');
  },
);

it('keeps the newer of two sessions on one platform, whichever file holds it', async () => {
  const newer = sealed(session({ _oauth2_proxy: 'newer|1700000009|signature' }));
  for (const files of [
    { [PER_URL]: sealed(session()), 'sso-credentials.enc': newer },
    { [PER_URL]: newer, 'sso-credentials.enc': sealed(session()) },
  ]) {
    const context = machine(files);
    await importLegacySecrets(context);
    const kept = await (await openStore('encrypted-file', context)).get('https://h#default');
    expect(kept?.obtainedAt).toBe(1_700_000_009_000);
    expect(legacyFiles(context.home)).toHaveLength(2);
  }
});

it('copies a token from the keychain if its file is damaged, and keeps both', async () => {
  const claims = Buffer.from('{"sub":"ada","exp":4000000000}').toString('base64url');
  const token = `eyJhbGciOiJSUzI1NiJ9.${claims}.c2lnbmF0dXJl`;
  const account = `jwt-sso-${sha('https://h')}`;
  const entries = new Map([[`codemie-code/${account}`, sealed({ token, apiUrl: 'https://api.h' })]]);
  const context = machine({ [`credentials/${account}.enc`]: 'damaged' }, undefined, entries);
  await importLegacySecrets(context);
  expect(readConfig(context.home).profiles['work']).toMatchObject({
    credential: { store: 'encrypted-file', id: 'https://h#ada' },
  });
  expect(entries.size).toBe(1);
  expect(legacyFiles(context.home)).toHaveLength(1);
});

it.each([
  ['cannot be read', 'aa:bb:cc', undefined, "can't be read"],
  [
    'is half a session',
    sealed(session({ _oauth2_proxy_0: 'payload|17' })),
    undefined,
    'session cookies are incomplete',
  ],
  ['belongs to no profile', sealed(session()), {}, 'no profile of https://h needs it'],
  [
    'belongs to a profile that is already signed in',
    sealed(session()),
    { work: { codeMieUrl: 'https://h', credential: { store: 'keychain', id: 'https://h#ada' } } },
    'no profile of https://h needs it',
  ],
])('a sign-in that %s is not copied, and is reported once', async (_name, text, profiles, why) => {
  const context = machine({ [PER_URL]: text }, profiles);
  const before = readConfig(context.home);
  await importLegacySecrets(context);
  await importLegacySecrets(context);
  expect(existsSync(join(context.home, PER_URL))).toBe(true);
  expect(readConfig(context.home)).toEqual(before);
  const lines = context.out.stderr.trim().split('\n');
  expect(lines).toEqual([
    expect.stringContaining(why),
    expect.stringContaining('codemie config remove-old-secrets'),
  ]);
});

it('without a credential store it is reported once, and copied as soon as there is one', async () => {
  const context = machine({ [PER_URL]: sealed(session()) }, undefined, new Map(), {});
  await importLegacySecrets(context);
  expect(context.out.stderr).toContain('no credential store');
  const said = context.out.stderr;
  await importLegacySecrets(context);
  expect(context.out.stderr).toBe(said);
  await importLegacySecrets({ ...context, env: { ...context.env, CODEMIE_PASSPHRASE: 'of this test' } });
  expect(readConfig(context.home).profiles['work']?.credential).toBeDefined();
});

it('after a sign-out it is not copied again', async () => {
  const context = machine({ [PER_URL]: sealed(session()) });
  await importLegacySecrets(context);
  await signOut({ ...context, http: async () => Promise.reject(new Error('offline')) }, ['work']);
  const said = context.out.stderr;
  await importLegacySecrets(context);
  expect(readConfig(context.home).profiles['work']).not.toHaveProperty('credential');
  expect(context.out.stderr).toBe(said);
});

it('a bearer profile on the same platform does not get the person’s session, and no sign-in method changes', async () => {
  const profiles = {
    person: { provider: 'ai-run-sso', codeMieUrl: 'https://h', authMethod: 'sso' },
    robot: {
      provider: 'bearer-auth',
      codeMieUrl: 'https://h',
      authMethod: 'jwt',
      jwtConfig: { tokenEnvVar: 'ROBOT_TOKEN' },
    },
    other: { provider: 'bearer-auth', codeMieUrl: 'https://h' },
  };
  const context = machine({ [PER_URL]: sealed(session()) }, profiles);
  await importLegacySecrets(context);
  const { person, robot, other } = readConfig(context.home).profiles;
  expect(person).toMatchObject({ authMethod: 'sso', credential: { id: 'https://h#default' } });
  expect(robot).toEqual({ name: 'robot', ...profiles.robot });
  expect(other).toEqual({ name: 'other', ...profiles.other });
});

it('an SSO profile does not get a robot’s token', async () => {
  const claims = Buffer.from('{"sub":"robot","exp":4000000000}').toString('base64url');
  const token = `eyJhbGciOiJSUzI1NiJ9.${claims}.c2lnbmF0dXJl`;
  const context = machine(
    { [`credentials/jwt-sso-${sha('https://h')}.enc`]: sealed({ token, apiUrl: 'https://h' }) },
    {
      person: { codeMieUrl: 'https://h', authMethod: 'sso' },
      robot: { codeMieUrl: 'https://h', authMethod: 'jwt' },
    },
  );
  await importLegacySecrets(context);
  const { person, robot } = readConfig(context.home).profiles;
  expect(person).not.toHaveProperty('credential');
  expect(robot).toMatchObject({ authMethod: 'jwt', credential: { id: 'https://h#robot' } });
});

it('removes every file and keychain entry on request', async () => {
  const hash = sha('https://h');
  const names = ['sso-credentials', `sso-${hash}`, `jwt-sso-${hash}`, 'jwt-credentials'];
  const entries = new Map(names.map((name) => [`codemie-code/${name}`, 'x']));
  const context = machine(
    { 'sso-credentials.enc': 'x', 'credentials/jwt-credentials.enc': 'x' },
    undefined,
    entries,
  );
  await removeLegacySecrets(context, readConfig(context.home));
  expect(entries.size).toBe(0);
  expect(legacyFiles(context.home)).toEqual([]);
});
