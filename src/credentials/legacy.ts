import { createDecipheriv, createHash } from 'node:crypto';
import { arch, hostname } from 'node:os';
import { basename } from 'node:path';
import { readConfig } from '../config/file.ts';
import { legacyFiles } from '../config/glance.ts';
import type { Config, Profile } from '../config/profile.ts';
import { keyProviderOf } from '../config/providers.ts';
import { updateConfig } from '../config/write.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin, type Origin } from '../net/origin.ts';
import { sha256 } from '../system/digest.ts';
import { messageOf } from '../system/errors.ts';
import { readTextIfAny, removeFile } from '../system/files.ts';
import { objectIn } from '../system/json.ts';
import { Secret } from '../system/secret.ts';
import { asSecrets, sessionCookies, wholeCookie } from './cookies.ts';
import { type Credential, credentialId } from './credential.ts';
import { jwtCredential } from './jwt-credential.ts';
import { NO_STORE, usableStore, warnOnce } from './left-behind.ts';
import type { SecretStore } from './store.ts';
import type { KeychainEntries } from './stores/keychain.ts';

const SERVICE = 'codemie-code';

/** A sign-in of the older program: a file, and the keychain entry of the same name. */
interface Legacy {
  readonly path: string;
  readonly account: string;
}

/**
 * Moves sign-ins of the older program, whose files anybody who knows this machine's name can open, to the secret store,
 * and says so. One is stored and read back before its file and its keychain entry go. What cannot be read, or belongs to
 * no profile without a sign-in of its own, stays, with one warning.
 */
export async function adoptLegacy(context: Context): Promise<void> {
  const found = legacyFiles(context.home).map((path) => ({ path, account: basename(path, '.enc') }));
  const keychain = await keychainIfAny(context);
  const warnings: string[] = [];
  let store: SecretStore | undefined;
  for (const legacy of found) {
    try {
      const config = readConfig(context.home);
      const credential = await credentialOf(context, config, legacy, keychain);
      if (profilesFor(config, credential).length === 0) throw new Error(nobody(credential));
      store ??= await usableStore(context);
      if (store === undefined) throw new Error(NO_STORE);
      const profiles = profilesFor(config, credential, store).map(({ name }) => name);
      if (profiles.length === 0) throw new Error(nobody(credential));
      await move(context, store, credential);
      await drop(legacy, keychain);
      context.terminal.say(
        `The sign-in to ${credential.origin} of an older program was moved to the secret store (${store.name}) for profile ${profiles.join(', ')}.`,
      );
    } catch (error) {
      warnings.push(
        `${legacy.path} of an older program was left as it is: ${messageOf(error).replace(/\.$/, '')}. To remove it: codemie profile logout --all, or codemie config reset`,
      );
    }
  }
  warnOnce(context, 'older-sign-ins', warnings);
}

/** Removes what the older program keeps: every file, and the keychain entries of these and of our profiles' platforms. */
export async function removeLegacy(context: Context, config: Config | undefined): Promise<void> {
  const paths = legacyFiles(context.home);
  for (const path of paths) removeFile(path);
  const origins = Object.values(config?.profiles ?? {}).flatMap((profile) => namesOf(profile));
  const accounts = new Set([
    'sso-credentials',
    'jwt-credentials',
    ...paths.map((path) => basename(path, '.enc')),
    ...origins.flatMap((hash) => [`sso-${hash}`, `jwt-sso-${hash}`]),
  ]);
  try {
    const keychain = await keychainIfAny(context);
    for (const account of keychain === undefined ? [] : accounts) await keychain?.remove(account);
  } catch (error) {
    context.log.debug('entries of an older program may remain in the keychain', { reason: messageOf(error) });
  }
}

async function keychainIfAny(context: Context): Promise<KeychainEntries | undefined> {
  try {
    const { keychainEntries } = await import('./stores/keychain.ts');
    return await keychainEntries(context, SERVICE);
  } catch {
    return undefined;
  }
}

/** @throws Error with the reason, when neither the file nor the entry holds something of use. */
async function credentialOf(
  context: Context,
  config: Config,
  { path, account }: Legacy,
  keychain: KeychainEntries | undefined,
): Promise<Credential> {
  const entry = await keychain?.get(account).catch(() => undefined);
  const fields = [entry, readTextIfAny(path)]
    .map((text) => (text === undefined ? undefined : opened(text, context.platform)))
    .find((value) => value !== undefined);
  if (fields === undefined) throw new Error('it cannot be read; it may be from another machine');
  const hash = /sso-([0-9a-f]{64})$/.exec(account)?.[1];
  const owner = Object.values(config.profiles).find((profile) => namesOf(profile).includes(hash ?? ''));
  // The name tells the platform that signed the person in; the API may be served from elsewhere.
  const origin = owner === undefined ? canonicalOrigin(text(fields['apiUrl'])) : originOf(owner);
  if (origin === undefined) throw new Error('it names no platform');
  if (fields['token'] !== undefined)
    return jwtCredential(new Secret(text(fields['token'])), origin, context.clock.now()).credential;
  const found = wholeCookie(sessionCookies((fields['cookies'] ?? {}) as Record<string, unknown>));
  if (found === undefined) throw new Error('its cookies do not make a whole session');
  const { family, obtainedAt } = found;
  // The end it names is a guess of that program: only the gateway knows.
  return { kind: 'session', origin, identity: {}, obtainedAt, cookies: asSecrets(family) };
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error('it is incomplete');
}

/** `iv:tag:data` (AES-256-GCM) or the earlier `iv:data` (AES-256-CBC), in hex. The key is made of this machine's facts. */
function opened(sealed: string, platform: NodeJS.Platform): Record<string, unknown> | undefined {
  const facts = sha256(`${hostname()}${platform}${arch()}`);
  const key = createHash('sha256').update(facts).digest();
  const parts = sealed
    .trim()
    .split(':')
    .map((part) => Buffer.from(part, 'hex'));
  try {
    const [iv = Buffer.alloc(0), tag, data] = parts;
    const plain =
      data === undefined ? cbc(key, iv, tag ?? Buffer.alloc(0)) : gcm(key, iv, tag ?? Buffer.alloc(0), data);
    return objectIn(plain);
  } catch {
    return undefined;
  }
}

function gcm(key: Buffer, iv: Buffer, tag: Buffer, data: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
}

function cbc(key: Buffer, iv: Buffer, data: Buffer): string {
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
}

function originOf(profile: Profile): Origin | undefined {
  try {
    const address = profile.codeMieUrl || profile.baseUrl;
    return address && keyProviderOf(profile) === undefined ? canonicalOrigin(address) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns what a profile's platform is called in file names: by its origin, and in earlier versions as it was typed. */
function namesOf(profile: Profile): readonly string[] {
  const origin = originOf(profile);
  if (origin === undefined) return [];
  const typed = (profile.codeMieUrl || profile.baseUrl || '').replace(/\/$/, '').toLowerCase();
  return [origin, typed].map((name) => sha256(name));
}

/** Profiles of the platform that have no sign-in, or this very one: it may be there twice, and the newer counts. */
function profilesFor(config: Config, credential: Credential, store?: SecretStore): readonly Profile[] {
  const id = credentialId(credential);
  return Object.values(config.profiles).filter(
    (profile) =>
      originOf(profile) === credential.origin &&
      (profile.credential === undefined ||
        (profile.credential.id === id &&
          profile.credential.store === (store?.name ?? profile.credential.store))),
  );
}

function nobody({ origin }: Credential): string {
  return `no profile of ${origin} is without a sign-in of its own`;
}

async function move(context: Context, store: SecretStore, credential: Credential): Promise<void> {
  const id = credentialId(credential);
  const present = await store.get(id);
  if (present === undefined || present.obtainedAt < credential.obtainedAt) await store.set(id, credential);
  if ((await store.get(id)) === undefined) throw new Error(`${store.name} did not keep it`);
  const authMethod = credential.kind === 'jwt' ? 'jwt' : 'sso';
  await updateConfig(context, (current) => {
    const pointed = profilesFor(current, credential, store).map((profile) => [
      profile.name,
      { ...profile, authMethod, credential: { store: store.name, id } },
    ]);
    return { ...current, profiles: { ...current.profiles, ...Object.fromEntries(pointed) } };
  });
}

/** The entry first: as long as the file is there, the next command tries again. */
async function drop({ path, account }: Legacy, keychain: KeychainEntries | undefined): Promise<void> {
  await keychain?.remove(account).catch(() => false);
  removeFile(path);
}
