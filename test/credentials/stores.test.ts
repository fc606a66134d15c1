import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { OidcCredential } from '../../src/credentials/credential.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import { serialize } from '../../src/credentials/keep/serialize.ts';
import type { KeychainModule } from '../../src/system/process/keychain-child.ts';
import { Secret } from '../../src/system/secret.ts';
import type { Prompts } from '../../src/terminal/prompts.ts';
import { type TestContext, temporaryFolder, testContext } from '../support/context.ts';

const big = 'k'.repeat(6000);
const credential: OidcCredential = {
  kind: 'oidc',
  origin: 'https://h',
  identity: { id: 'ada', email: 'ada@x' },
  obtainedAt: 1,
  expiresAt: 2,
  issuer: 'https://idp',
  clientId: 'codemie-cli',
  tokenEndpoint: 'https://idp/token',
  accessToken: new Secret(`access-${big}`),
  refreshToken: new Secret('refresh-token-value'),
};
const ID = 'https://h#ada';

function context(env: Record<string, string> = {}, override: Partial<TestContext> = {}): TestContext {
  return testContext({ env: { CODEMIE_PASSPHRASE: 'correct horse', ...env }, override });
}

function fakeKeychain(limit = Number.POSITIVE_INFINITY): KeychainModule & { entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getPassword: async (_service, account) => entries.get(account) ?? null,
    setPassword: async (_service, account, password) => {
      // A system keychain stores UTF-8, which cannot contain half a character.
      const bytes = Buffer.from(password, 'utf8');
      if (Math.max(bytes.length, Buffer.byteLength(password, 'utf16le')) > limit)
        throw new Error('too large');
      entries.set(account, bytes.toString('utf8'));
    },
    deletePassword: async (_service, account) => entries.delete(account),
  };
}

const files = (home: string): string[] => readdirSync(join(home, 'credentials'));
const only = (home: string): string => join(home, 'credentials', files(home)[0] ?? '');

describe.each(['encrypted-file', 'plaintext-file', 'keychain'] as const)('the store %s', (name) => {
  it('S19, S23: passes its own check, and stores a credential of 6 kB completely', async () => {
    const here = context({}, { loadKeychain: async () => fakeKeychain() });
    const store = await openStore(name, here);
    await store.verify();
    expect(await store.get(ID)).toBeUndefined();
    await store.set(ID, credential);
    const back = (await store.get(ID)) as OidcCredential;
    expect(back.accessToken.reveal()).toBe(`access-${big}`);
    expect(back.refreshToken?.reveal()).toBe('refresh-token-value');
    expect(back).toMatchObject({ identity: { id: 'ada' }, expiresAt: 2 });
    expect([await store.delete(ID), await store.delete(ID)]).toEqual([true, false]);
  });
});

describe('the encrypted file', () => {
  it('S22, S24: contains no plain-text secret and has mode 0600 in a folder with mode 0700', async () => {
    const here = context();
    await (await openStore('encrypted-file', here)).set(ID, credential);
    const text = readFileSync(only(here.home), 'latin1');
    for (const secret of [
      'refresh-token-value',
      'ada@x',
      'https://h',
      Buffer.from('refresh-token-value').toString('base64').slice(0, 20),
    ])
      expect(text).not.toContain(secret);
    expect(statSync(only(here.home)).mode & 0o777).toBe(0o600);
    expect(statSync(join(here.home, 'credentials')).mode & 0o777).toBe(0o700);
  });

  it('S22: refuses a flipped bit, another passphrase or another credential’s file, and keeps the file', async () => {
    const here = context();
    const store = await openStore('encrypted-file', here);
    await store.set(ID, credential);
    const path = only(here.home);
    const original = readFileSync(path, 'utf8');
    const other = { ...here, env: { ...here.env, CODEMIE_PASSPHRASE: 'wrong' } };
    await expect((await openStore('encrypted-file', other)).get(ID)).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      exit: 'store',
    });
    const lines = original.split('\n');
    const body = Buffer.from(lines[3] ?? '', 'base64');
    for (const at of [0, 10, body.length - 1]) {
      const flipped = Buffer.from(body);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(path, [lines[0], lines[1], lines[2], flipped.toString('base64'), ''].join('\n'));
      await expect(store.get(ID)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    }
    writeFileSync(path, original);
    await store.set('https://h#eve', credential);
    const eve =
      files(here.home)
        .map((file) => join(here.home, 'credentials', file))
        .find((file) => file !== path) ?? '';
    writeFileSync(eve, original);
    await expect(store.get('https://h#eve')).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(readFileSync(path, 'utf8')).toBe(original);
    expect((await store.get(ID))?.origin).toBe('https://h');
  });

  it('S22: needs only the passphrase and the file (scrypt with 2^15, 8, 3), and never repeats a nonce', async () => {
    const here = context();
    const store = await openStore('encrypted-file', here);
    const written: string[][] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await store.set(ID, credential);
      written.push(readFileSync(only(here.home), 'utf8').split('\n'));
    }
    for (const [header = '', salt = '', nonce = '', body = ''] of written) {
      const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 27 };
      const key = scryptSync(here.env['CODEMIE_PASSPHRASE'] ?? '', Buffer.from(salt, 'base64'), 32, cost);
      const sealed = Buffer.from(body, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'));
      decipher.setAAD(Buffer.from(`${header}\n${ID}`)).setAuthTag(sealed.subarray(-16));
      const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString();
      expect(JSON.parse(text).secrets.refreshToken).toBe('refresh-token-value');
    }
    expect(new Set(written.map(([, , nonce]) => nonce)).size).toBe(2);
    const elsewhere = context();
    await (await openStore('encrypted-file', elsewhere)).set(ID, credential);
    const [, salt = ''] = readFileSync(only(elsewhere.home), 'utf8').split('\n');
    expect(salt).not.toBe(written[0]?.[1]);
    expect(Buffer.from(salt, 'base64')).toHaveLength(16);
  });

  it('a file of a newer codemie is reported as newer, not as damaged, and is kept', async () => {
    const here = context();
    const store = await openStore('encrypted-file', here);
    await store.set(ID, credential);
    const path = only(here.home);
    const [, ...rest] = readFileSync(path, 'utf8').split('\n');
    for (const header of ['codemie-credential-3', 'codemie-credential-12 argon2id 65536 3 4 x']) {
      const text = [header, ...rest].join('\n');
      writeFileSync(path, text);
      await expect(store.get(ID)).rejects.toMatchObject({
        code: 'STORE_NEWER',
        message: `The sign-in stored in ${path} was saved by a newer version of codemie (not changed).`,
        fix: 'npm install -g codemie@latest',
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    const plain = await openStore('plaintext-file', here);
    await plain.set(ID, credential);
    const json = files(here.home).find((name) => name.endsWith('.json')) ?? '';
    writeFileSync(join(here.home, 'credentials', json), '{"version":2,"kind":"passkey"}');
    await expect(plain.get(ID)).rejects.toMatchObject({ code: 'STORE_NEWER', exit: 'store' });
  });

  it('names its key derivation parameters in its header, and refuses other or excessive ones', async () => {
    const here = context();
    const store = await openStore('encrypted-file', here);
    await store.set(ID, credential);
    const path = only(here.home);
    const [header, ...rest] = readFileSync(path, 'utf8').split('\n');
    expect(header).toBe('codemie-credential-2 scrypt 32768 8 3');
    const numbers = [
      '16384 8 3',
      '1073741824 8 1',
      '32768 999 1',
      '32767 8 3',
      '0 8 3',
      '032768 8 3',
      '32768 8',
    ];
    for (const cost of numbers) {
      writeFileSync(path, [`codemie-credential-2 scrypt ${cost}`, ...rest].join('\n'));
      await expect(store.get(ID), cost).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    }
  });

  it('still opens a file without these parameters, and adds them on the next write', async () => {
    const here = context();
    const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 27 };
    const [salt, nonce] = [randomBytes(16), randomBytes(12)];
    const key = scryptSync(here.env['CODEMIE_PASSPHRASE'] ?? '', salt, 32, cost);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.from(`codemie-credential-1\n${ID}`));
    const sealed = Buffer.concat([cipher.update(serialize(credential)), cipher.final(), cipher.getAuthTag()]);
    const text = [
      'codemie-credential-1',
      ...[salt, nonce, sealed].map((part) => part.toString('base64')),
      '',
    ];
    const store = await openStore('encrypted-file', here);
    await store.set(ID, credential);
    writeFileSync(only(here.home), text.join('\n'));
    const back = (await store.get(ID)) as OidcCredential;
    expect(back.refreshToken?.reveal()).toBe('refresh-token-value');
    await store.set(ID, back);
    expect(readFileSync(only(here.home), 'utf8')).toMatch(/^codemie-credential-2 scrypt/);
    expect((await store.get(ID))?.origin).toBe('https://h');
  });

  it('S22: an empty passphrase counts as missing', async () => {
    const here = context({ CODEMIE_PASSPHRASE: '' });
    const prompts = { password: async () => '' } as unknown as Prompts;
    const typing = { ...here, terminal: { ...here.terminal, prompts: async () => prompts } };
    await expect((await openStore('encrypted-file', typing)).set(ID, credential)).rejects.toMatchObject({
      code: 'PASSPHRASE_EMPTY',
      exit: 'usage',
    });
  });

  it('without a passphrase or a terminal, the error names the variable', async () => {
    const here = context({ CODEMIE_PASSPHRASE: '' });
    await expect((await openStore('encrypted-file', here)).verify()).rejects.toMatchObject({
      code: 'INPUT_REQUIRED',
      hint: expect.stringContaining('CODEMIE_PASSPHRASE'),
    });
  });
});

describe('the plain file', () => {
  it('S21: restores private file modes and follows no symbolic link', async () => {
    const here = context();
    const store = await openStore('plaintext-file', here);
    await store.set(ID, credential);
    chmodSync(only(here.home), 0o644);
    await store.get(ID);
    expect(statSync(only(here.home)).mode & 0o777).toBe(0o600);
    const path = only(here.home);
    await store.delete(ID);
    mkdirSync(join(here.userHome, 'elsewhere'));
    const target = join(here.userHome, 'elsewhere', 'file');
    writeFileSync(target, 'untouched');
    symlinkSync(target, path);
    await expect(store.get(ID)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await store.set(ID, credential);
    expect(readFileSync(target, 'utf8')).toBe('untouched');
  });

  it('S26: a corrupt entry is an error with a hint, and is not deleted', async () => {
    const here = context();
    const store = await openStore('plaintext-file', here);
    await store.set(ID, credential);
    for (const text of [
      '',
      '{',
      '[]',
      '{"version":1}',
      '{"version":1,"kind":"oidc","secrets":{},"origin":"x","identity":{},"obtainedAt":"x"}',
    ]) {
      writeFileSync(only(here.home), text);
      await expect(store.get(ID), text).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        fix: expect.stringContaining('profile login'),
      });
      expect(readFileSync(only(here.home), 'utf8')).toBe(text);
    }
  });
});

describe('the keychain', () => {
  const open = (keychain: Partial<KeychainModule>, platform: NodeJS.Platform = 'linux') =>
    openStore(
      'keychain',
      context({}, { platform, loadKeychain: async () => ({ ...fakeKeychain(), ...keychain }) }),
    );

  it('S23: splits a value that is too long for one Windows entry, and removes every part', async () => {
    const keychain = fakeKeychain(2560);
    const store = await openStore(
      'keychain',
      context({}, { platform: 'win32', loadKeychain: async () => keychain }),
    );
    await store.set(ID, credential);
    expect(((await store.get(ID)) as OidcCredential).accessToken.reveal()).toBe(`access-${big}`);
    await store.delete(ID);
    expect(keychain.entries.size).toBe(0);
  });

  it.each(['é', '€', '😀'])(
    'S23: counts its limit in bytes, and never splits a character: %s',
    async (letter) => {
      const here = context({}, { platform: 'win32', loadKeychain: async () => fakeKeychain(2560) });
      const { notes } = await openStore('keychain', here);
      for (const text of [letter.repeat(600), letter.repeat(1200), `a${letter.repeat(3000)}`]) {
        await notes.write(ID, text);
        expect(await notes.read(ID)).toBe(text);
      }
    },
  );

  it('S23: a crash at any step of a write or deletion on Windows leaves a complete value and no permanent leftovers', async () => {
    const values = {
      short: 's'.repeat(100),
      one: 'o'.repeat(640),
      two: 't'.repeat(1000),
      five: 'f'.repeat(3000),
    };
    for (const [from, before] of Object.entries(values))
      for (const [to, after] of [...Object.entries(values), ['gone', undefined] as const])
        for (let steps = 0; ; steps += 1) {
          const keychain = fakeKeychain(2560);
          let left = Number.POSITIVE_INFINITY;
          const step = (): void => {
            left -= 1;
            if (left < 0) throw new Error('killed');
          };
          const mortal: KeychainModule = {
            ...keychain,
            setPassword: async (...entry) => {
              step();
              return keychain.setPassword(...entry);
            },
            deletePassword: async (...entry) => {
              step();
              return keychain.deletePassword(...entry);
            },
          };
          const here = context({}, { platform: 'win32', loadKeychain: async () => mortal });
          const { notes } = await openStore('keychain', here);
          // Leftover parts from a crash must not be visible either.
          await notes.write(ID, values.five);
          await notes.write(ID, before);
          left = steps;
          const done = await (after === undefined ? notes.remove(ID) : notes.write(ID, after)).then(
            () => true,
            () => false,
          );
          left = Number.POSITIVE_INFINITY;
          const name = `${from} to ${to}, ${steps} steps`;
          const allowed: (string | null)[] = done ? [after ?? null] : [before, after ?? null];
          const back = keychain.entries.has(ID) ? await notes.read(ID) : null;
          expect(allowed, name).toContain(back);
          await notes.write(ID, values.two);
          expect(await notes.read(ID), name).toBe(values.two);
          expect(keychain.entries.size, name).toBe(3);
          await notes.remove(ID);
          expect([...keychain.entries.keys()], name).toEqual([]);
          if (done) break;
        }
  });

  it('S23: reads a value again if it was replaced during the read', async () => {
    const keychain = fakeKeychain(2560);
    const here = (override: Partial<KeychainModule>): TestContext =>
      context({}, { platform: 'win32', loadKeychain: async () => ({ ...keychain, ...override }) });
    const writer = (await openStore('keychain', here({}))).notes;
    await writer.write(ID, 'o'.repeat(3000));
    let asked = 0;
    const slow: KeychainModule['getPassword'] = async (service, account) => {
      asked += 1;
      if (asked === 2) await writer.write(ID, 'n'.repeat(3000));
      return keychain.getPassword(service, account);
    };
    const reader = (await openStore('keychain', here({ getPassword: slow }))).notes;
    expect(await reader.read(ID)).toBe('n'.repeat(3000));
  });

  it('S19: the keychain check writes, reads and removes its entry', async () => {
    const keychain = fakeKeychain();
    const calls: string[] = [];
    const noting =
      <Entry extends string[], Result>(word: string, call: (...entry: Entry) => Promise<Result>) =>
      (...entry: Entry): Promise<Result> => {
        calls.push(`${word} ${entry[1]}`);
        return call(...entry);
      };
    const store = await open({
      setPassword: noting('set', keychain.setPassword),
      getPassword: noting('get', keychain.getPassword),
      deletePassword: noting('delete', keychain.deletePassword),
    });
    await store.verify();
    const [probe = ''] = /probe-\w+/.exec(calls[0] ?? '') ?? [];
    expect(calls).toEqual([`set ${probe}`, `get ${probe}`, `delete ${probe}`]);
    expect(keychain.entries.size).toBe(0);
  });

  it('S19: a keychain that hangs is an error within seconds', async () => {
    const store = await open({ setPassword: () => new Promise(() => undefined) });
    const started = Date.now();
    await expect(store.verify()).rejects.toMatchObject({ code: 'STORE_TIMEOUT', exit: 'store' });
    expect(Date.now() - started).toBeLessThan(4000);
  });

  it.each([
    ['macOS, on a terminal', 'darwin', true, {}, 'late'],
    ['Windows, on a terminal', 'win32', true, {}, 'late'],
    ['a Linux desktop, on a terminal', 'linux', true, { DISPLAY: ':0' }, 'late'],
    ['Linux without a desktop', 'linux', true, {}, 'STORE_TIMEOUT'],
    ['macOS, in a pipeline', 'darwin', false, {}, 'STORE_TIMEOUT'],
  ] as const)('waits for the person at its dialog: %s', async (_where, platform, tty, env, outcome) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const answer = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 60_000, 'late'));
    const here = testContext({
      tty,
      env: { HOME: temporaryFolder(), ...env },
      override: { platform, loadKeychain: async () => ({ ...fakeKeychain(), getPassword: answer }) },
    });
    const read = (await openStore('keychain', here)).notes
      .read('note')
      .catch((error: { readonly code: string }) => error.code);
    await vi.advanceTimersByTimeAsync(130_000);
    expect(await read).toBe(outcome);
    if (outcome === 'late')
      expect(here.out.stderr).toBe('Your keychain asks for your permission. Answer its dialog.\n');
    else expect(here.out.stderr).toBe('');
  });

  it.each([
    [
      'no D-Bus',
      new Error('Cannot autolaunch D-Bus without X11 $DISPLAY'),
      'STORE_UNAVAILABLE',
      '--store encrypted-file',
    ],
    [
      'no service',
      new Error('The name org.freedesktop.secrets was not provided by any .service files'),
      'STORE_UNAVAILABLE',
      'gnome-keyring-daemon',
    ],
    [
      'no login keyring yet',
      new Error('Object does not exist at path “/org/freedesktop/secrets/collection/login”'),
      'STORE_UNAVAILABLE',
      'gnome-keyring-daemon --unlock',
    ],
    ['locked', new Error('Cannot create an item in a locked collection'), 'STORE_LOCKED', 'nlock'],
    [
      'no D-Bus daemon',
      new Error('Unable to reach the dbus daemon'),
      'STORE_UNAVAILABLE',
      '--store encrypted-file',
    ],
    ['macOS, with only a number', new Error('The operation failed: -25308'), 'STORE_LOCKED', 'nlock'],
    ['macOS over SSH', new Error('-25308 User interaction is not allowed.'), 'STORE_LOCKED', 'nlock'],
  ])('S19: %s has its own hint and three alternatives', async (_name, error, code, hint) => {
    const store = await open({ setPassword: async () => Promise.reject(error) });
    await expect(store.verify()).rejects.toMatchObject({
      code,
      fix: expect.stringContaining(hint),
      remedies: expect.objectContaining({ length: 3 }),
    });
  });

  it('S19: a missing module has its own hint', async () => {
    const absent = context(
      {},
      { loadKeychain: async () => Promise.reject(new Error("Cannot find module 'keytar'")) },
    );
    await expect(openStore('keychain', absent)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      fix: expect.stringContaining('--include=optional'),
    });
    const library = context(
      {},
      {
        loadKeychain: async () =>
          Promise.reject(new Error('libsecret-1.so.0: cannot open shared object file')),
      },
    );
    await expect(openStore('keychain', library)).rejects.toMatchObject({
      fix: expect.stringContaining('libsecret'),
    });
  });

  it('S19: a locked keychain that reads as empty counts neither as not signed in nor as signed out', async () => {
    const store = await open({
      getPassword: async () => null,
      setPassword: async () => undefined,
      deletePassword: async () => false,
    });
    await expect(store.get(ID)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await expect(store.delete(ID)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });
});
