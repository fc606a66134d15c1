import { createDecipheriv, createHash } from 'node:crypto';
import { arch, hostname } from 'node:os';
import { basename } from 'node:path';
import { readConfig } from '../../config/file.ts';
import type { Config, Profile } from '../../config/profile.ts';
import { keyProviderOf } from '../../config/providers.ts';
import type { Context } from '../../context.ts';
import { canonicalOrigin, type Origin } from '../../net/origin.ts';
import type { KeychainEntries } from '../../secrets/keychain.ts';
import { sha256 } from '../../system/digest.ts';
import { messageOf } from '../../system/errors.ts';
import { readTextIfAny, removeFile } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { Secret } from '../../system/secret.ts';
import type { Credential } from '../credential.ts';
import { jwtCredential } from '../find/jwt-credential.ts';
import { asSecrets, sessionCookies, wholeCookie } from '../renew/session-cookies.ts';
import { legacyFiles } from './detect.ts';
import type { LegacySecret } from './legacy-secret.ts';

const SERVICE = 'codemie-code';

/**
 * @returns the sign-ins of the existing CLI. Each is a file and a keychain entry of the same name. The files are encrypted
 *   with a key made from this machine's host name, so they are easy to open.
 */
export function oldSignIns(context: Context): readonly LegacySecret[] {
  return legacyFiles(context.home).map((path): LegacySecret => {
    const account = basename(path, '.enc');
    return {
      item: account,
      what: 'the sign-in',
      path,
      credential: () => credentialOf(context, path, account),
      named: ({ origin }) => `the sign-in to ${origin}`,
      isFor: (profile, credential) =>
        originOf(profile) === credential.origin && isOfKind(profile, credential),
      reasonUnused: ({ origin }) => `no profile of ${origin} needs it`,
    };
  });
}

/** A bearer profile never gets a person's session, and an SSO profile never gets a supplied token. */
function isOfKind({ authMethod, provider }: Profile, { kind }: Credential): boolean {
  if (kind === 'session') return authMethod !== 'jwt' && provider !== 'bearer-auth';
  return authMethod !== 'sso';
}

/**
 * Removes the existing CLI's sign-in files, and its keychain entries for them and for the platforms of all profiles.
 *
 * @returns the paths of the removed files.
 */
export async function removeOldSignIns(
  context: Context,
  config: Config | undefined,
): Promise<readonly string[]> {
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
    context.log.debug('entries of the existing CLI may remain in the keychain', { reason: messageOf(error) });
  }
  return paths;
}

async function keychainIfAny(context: Context): Promise<KeychainEntries | undefined> {
  try {
    const { keychainEntries } = await import('../../secrets/keychain.ts');
    return await keychainEntries(context, SERVICE);
  } catch {
    return undefined;
  }
}

/** @throws Error with the reason, if neither the file nor the keychain entry holds a usable credential. */
async function credentialOf(context: Context, path: string, account: string): Promise<Credential> {
  const config = readConfig(context.home);
  const keychain = await keychainIfAny(context);
  const entry = await keychain?.get(account).catch(() => undefined);
  const fields = [entry, readTextIfAny(path)]
    .map((text) => (text === undefined ? undefined : opened(text, context.platform)))
    .find((value) => value !== undefined);
  if (fields === undefined) throw new Error("it can't be read; it may be from another computer");
  const hash = /sso-([0-9a-f]{64})$/.exec(account)?.[1];
  const owner = Object.values(config.profiles).find((profile) => namesOf(profile).includes(hash ?? ''));
  // The account name identifies the platform you signed in to; `apiUrl` may be on another host.
  const origin = owner === undefined ? canonicalOrigin(text(fields['apiUrl'])) : originOf(owner);
  if (origin === undefined) throw new Error('it has no CodeMie URL');
  if (fields['token'] !== undefined)
    return jwtCredential(new Secret(text(fields['token'])), origin, context.clock.now()).credential;
  const found = wholeCookie(sessionCookies((fields['cookies'] ?? {}) as Record<string, unknown>));
  if (found === undefined) throw new Error('its session cookies are incomplete');
  const { family, obtainedAt } = found;
  // The existing CLI only guesses the expiry, so it is dropped: only the gateway knows it.
  return { kind: 'session', origin, identity: {}, obtainedAt, cookies: asSecrets(family) };
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error('it is incomplete');
}

/** `iv:tag:data` (AES-256-GCM) or the older `iv:data` (AES-256-CBC), in hex. The key is derived from host name, platform and CPU type. */
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

/** @returns the hashes that file names use for a profile's platform: of its origin and, in older versions, of the address as typed. */
function namesOf(profile: Profile): readonly string[] {
  const origin = originOf(profile);
  if (origin === undefined) return [];
  const typed = (profile.codeMieUrl || profile.baseUrl || '').replace(/\/$/, '').toLowerCase();
  return [origin, typed].map((name) => sha256(name));
}
