import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import type { Context } from '../context.ts';
import { randomHex } from '../system/digest.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import { damaged, newer } from './errors.ts';
import { askPassphrase, choosePassphrase, givenPassphrase, warnIfShort } from './passphrase.ts';
import { credentialFile, credentialTexts, probeFile } from './private-file.ts';
import type { TextStore } from './store.ts';

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** scrypt cost: 32 MiB, about a quarter of a second, equivalent to OWASP's recommendation (N=2^17, p=1). */
const COST: Cost = { N: 32_768, r: 8, p: 3 };
/** The highest cost a file may ask for: 256 MiB, a few seconds. */
const MOST: Cost = { N: 262_144, r: 16, p: 16 };
const SUFFIX = 'enc';
const VERSION = 2;
/** First line of a file: the version, and the parameters of its key derivation. */
const headerOf = ({ N, r, p }: Cost): string => `codemie-credential-${VERSION} scrypt ${N} ${r} ${p}`;
/** The header of version 1, which had no parameters. */
const FIRST_HEADER = 'codemie-credential-1';
const HEADER = /^codemie-credential-(\d{1,4})(?: scrypt (\d{1,9}) (\d{1,3}) (\d{1,3}))?/;

/**
 * AES-256-GCM with a key derived by scrypt from a passphrase (CODEMIE_PASSPHRASE, or a hidden prompt). The salt is
 * created with the file and kept when the file is rewritten, so that a refresh costs one derivation instead of three.
 * The nonce is new for every write (96 random bits: NIST SP 800-38D §8.2.2). The header, with its derivation cost,
 * and the credential's id are authenticated too, so a file cannot take the place of another credential.
 *
 * Protects against: reading the file from a backup, a stolen disk or another account. Does not protect against: a
 * program running as the same user that can read the environment.
 */
export async function openEncryptedFile(context: Context): Promise<TextStore> {
  const keys = keyring(context);
  const file = (id: string) => credentialFile(context.home, id, SUFFIX);
  return {
    name: 'encrypted-file',
    where: (id) => file(id).path,
    verify: async () => {
      await keys.forWriting();
      const probe = `probe-${randomHex(8)}`;
      const sealed = await seal(probe, probe, keys);
      const target = probeFile(context.home);
      target.write(sealed);
      const back = target.read();
      target.remove();
      if (back !== sealed || (await open(back, probe, keys)) !== probe) throw damaged(target.path);
    },
    read: async (id) => {
      const target = file(id);
      const text = target.read();
      if (text === undefined) return undefined;
      if (versionOf(text) > VERSION) throw newer(target.path);
      const opened = await open(text, id, keys);
      if (opened === undefined) throw wrongKey(target.path);
      return opened;
    },
    write: async (id, text) => {
      await keys.forWriting();
      file(id).write(await seal(text, id, keys));
    },
    remove: async (id) => file(id).remove(),
  };
}

interface Keyring {
  /** The key for a salt, derived once. */
  key(salt: Buffer, cost?: Cost): Promise<Buffer>;
  /** The salt a credential was last opened with; a new one for a new credential. */
  salt(id: string): Buffer;
  opened(id: string, salt: Buffer): void;
  /** Makes sure that a typed passphrase is one that you know: it opens a file already, or you typed it twice. */
  forWriting(): Promise<void>;
}

function keyring(context: Context): Keyring {
  const given = givenPassphrase(context);
  let passphrase = given === undefined ? undefined : Promise.resolve(given);
  let isKnown = false;
  const keys = new Map<string, Promise<Buffer>>();
  const salts = new Map<string, Buffer>();
  const key: Keyring['key'] = (salt, cost = COST) => {
    const name = `${headerOf(cost)} ${salt.toString('hex')}`;
    const derived = keys.get(name);
    if (derived !== undefined) return derived;
    passphrase ??= askPassphrase(context);
    const next = passphrase.then((secret) => derive(secret, salt, cost));
    keys.set(name, next);
    return next;
  };
  return {
    key,
    salt: (id) => salts.get(id) ?? randomBytes(16),
    opened: (id, salt) => {
      salts.set(id, salt);
      isKnown = true;
    },
    forWriting: async () => {
      if (isKnown) return;
      const texts = credentialTexts(context.home, SUFFIX);
      if (given !== undefined) {
        if (texts.length === 0) warnIfShort(context, given);
      } else if (texts.length === 0 || !(await opensAny(texts, key))) {
        if (texts.length > 0)
          context.terminal.say('That passphrase opens none of your encrypted sign-ins, so it is a new one.');
        keys.clear();
        passphrase = choosePassphrase(context);
        await passphrase;
      }
      isKnown = true;
    },
  };
}

/** Tries no more files than this, because each takes a derivation. */
const MOST_TRIED = 5;

/**
 * @returns whether a passphrase was used for one of these files. Their ids, which are authenticated, are not known here, so
 *   this only looks whether the text becomes JSON; whoever reads a file authenticates it.
 */
async function opensAny(texts: readonly string[], key: Keyring['key']): Promise<boolean> {
  for (const text of texts.slice(0, MOST_TRIED)) {
    const [header = '', salt = '', nonce = '', body = ''] = text.split('\n');
    const cost = costIn(header);
    if (cost === undefined) continue;
    const decipher = createDecipheriv(
      'aes-256-gcm',
      await key(Buffer.from(salt, 'base64'), cost),
      Buffer.from(nonce, 'base64'),
      { authTagLength: 16 },
    );
    const start = decipher.update(Buffer.from(body, 'base64').subarray(0, 12)).toString('latin1');
    if (/^\{"\w+":?/.test(start)) return true;
  }
  return false;
}

function derive(passphrase: Secret, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), salt, 32, { ...cost, maxmem: 128 * cost.N * cost.r * 2 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

async function seal(text: string, id: string, keys: Keyring): Promise<string> {
  const salt = keys.salt(id);
  const header = headerOf(COST);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await keys.key(salt), nonce);
  cipher.setAAD(Buffer.from(`${header}\n${id}`));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${[header, salt, nonce, sealed].map((part) => (typeof part === 'string' ? part : part.toString('base64'))).join('\n')}\n`;
}

/** @returns undefined if authentication fails: the file was changed, or the passphrase is wrong. */
async function open(text: string, id: string, keys: Keyring): Promise<string | undefined> {
  const [header = '', saltText = '', nonce = '', body = ''] = text.split('\n');
  const sealed = Buffer.from(body, 'base64');
  const cost = costIn(header);
  if (cost === undefined || sealed.length < 17) return undefined;
  const salt = Buffer.from(saltText, 'base64');
  const key = await keys.key(salt, cost);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(`${header}\n${id}`));
    decipher.setAuthTag(sealed.subarray(-16));
    const opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString(
      'utf8',
    );
    keys.opened(id, salt);
    return opened;
  } catch {
    return undefined;
  }
}

/** @returns the version of a file in our format, including later versions; 0 for anything else. */
function versionOf(text: string): number {
  return Number(HEADER.exec(text)?.[1] ?? 0);
}

/** @returns the parameters of the key derivation; undefined if the header is not ours or asks for too much. */
function costIn(header: string): Cost | undefined {
  if (header === FIRST_HEADER) return COST;
  const [whole, , ...numbers] = HEADER.exec(header) ?? [];
  const [N = 0, r = 0, p = 0] = numbers.map(Number);
  const cost = { N, r, p };
  const isSane = N > 1 && (N & (N - 1)) === 0 && r > 0 && p > 0 && N <= MOST.N && r <= MOST.r && p <= MOST.p;
  return isSane && whole === header && header === headerOf(cost) ? cost : undefined;
}

function wrongKey(path: string): CodemieError {
  return new CodemieError({
    code: 'STORE_DAMAGED',
    message: `Wrong passphrase, or the file is damaged (${path}, not changed).`,
    fix: SIGN_IN,
    hint: 'Set CODEMIE_PASSPHRASE to the passphrase you chose, or sign in again.',
  });
}
