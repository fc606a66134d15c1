import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import type { Context } from '../../context.ts';
import { randomHex } from '../../system/digest.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import { Secret } from '../../system/secret.ts';
import { damaged } from '../serialize.ts';
import type { TextStore } from '../store.ts';
import { credentialFile, probeFile } from './file.ts';

/** Cost of scrypt: 32 MiB, about a quarter of a second, equal to OWASP's recommendation (N=2^17, p=1). */
const COST = { N: 32_768, r: 8, p: 3 } as const;
const HEADER = 'codemie-credential-1';

/**
 * AES-256-GCM with a key derived by scrypt from a passphrase (CODEMIE_PASSPHRASE, or asked hidden). The salt is made with
 * the file and kept while the file is rewritten, so that a renewal costs one derivation and not three; the nonce is fresh
 * per write (96 random bits: NIST SP 800-38D §8.2.2). Header and the credential's id are authenticated with it, so a file
 * cannot be moved to another credential's place.
 *
 * Stops: reading the file from a backup, a stolen disk or another account. Does not stop: a program running as the
 * same person that can read the environment.
 */
export async function openEncryptedFile(context: Context): Promise<TextStore> {
  const keys = keyring(context);
  const file = (id: string) => credentialFile(context.home, id, 'enc');
  return {
    name: 'encrypted-file',
    where: (id) => file(id).path,
    verify: async () => {
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
      const opened = await open(text, id, keys);
      if (opened === undefined) throw wrongKey(target.path);
      return opened;
    },
    write: async (id, text) => file(id).write(await seal(text, id, keys)),
    remove: async (id) => file(id).remove(),
  };
}

interface Keyring {
  /** The key for a salt, derived once. */
  key(salt: Buffer): Promise<Buffer>;
  /** The salt a credential was last opened with; a new one for a new credential. */
  salt(id: string): Buffer;
  opened(id: string, salt: Buffer): void;
}

function keyring(context: Context): Keyring {
  let passphrase: Promise<Secret> | undefined;
  const keys = new Map<string, Promise<Buffer>>();
  const salts = new Map<string, Buffer>();
  return {
    key: (salt) => {
      const name = salt.toString('hex');
      const known = keys.get(name);
      if (known !== undefined) return known;
      passphrase ??= askPassphrase(context);
      const key = passphrase.then((secret) => derive(secret, salt));
      keys.set(name, key);
      return key;
    },
    salt: (id) => salts.get(id) ?? randomBytes(16),
    opened: (id, salt) => void salts.set(id, salt),
  };
}

async function askPassphrase(context: Context): Promise<Secret> {
  const given = context.env['CODEMIE_PASSPHRASE'];
  if (given !== undefined && given !== '') return new Secret(given);
  const prompts = await context.terminal.prompts();
  const typed = await prompts.password({
    flag: 'the environment variable CODEMIE_PASSPHRASE',
    message: 'Passphrase of the encrypted credential file:',
  });
  if (typed !== '') return new Secret(typed);
  throw new CodemieError({
    code: 'PASSPHRASE_EMPTY',
    message: 'An empty passphrase protects nothing.',
    hint: 'Set CODEMIE_PASSPHRASE, or type one when asked.',
    exit: 'usage',
  });
}

function derive(passphrase: Secret, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), salt, 32, { ...COST, maxmem: 128 * COST.N * COST.r * 2 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

async function seal(text: string, id: string, keys: Keyring): Promise<string> {
  const salt = keys.salt(id);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await keys.key(salt), nonce);
  cipher.setAAD(Buffer.from(`${HEADER}\n${id}`));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${[HEADER, salt, nonce, sealed].map((part) => (typeof part === 'string' ? part : part.toString('base64'))).join('\n')}\n`;
}

/** @returns undefined when the authentication fails: changed by somebody, or another passphrase. */
async function open(text: string, id: string, keys: Keyring): Promise<string | undefined> {
  const [header, saltText = '', nonce = '', body = ''] = text.split('\n');
  const sealed = Buffer.from(body, 'base64');
  if (header !== HEADER || sealed.length < 17) return undefined;
  const salt = Buffer.from(saltText, 'base64');
  const key = await keys.key(salt);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(`${HEADER}\n${id}`));
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

function wrongKey(path: string): CodemieError {
  return new CodemieError({
    code: 'STORE_DAMAGED',
    message: `${path} was tampered with, or the passphrase is wrong. It was left as it is.`,
    hint: `Set CODEMIE_PASSPHRASE to the passphrase used at sign-in, or sign in again: ${SIGN_IN}`,
    exit: 'store',
  });
}
