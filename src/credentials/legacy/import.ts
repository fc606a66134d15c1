import { configPath, readConfig } from '../../config/file.ts';
import { plainSecretsIn, withoutSecret } from '../../config/plain-secrets.ts';
import type { Config, Profile } from '../../config/profile.ts';
import { updateConfig } from '../../config/write.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../system/errors.ts';
import { readTextIfAny, writeFileAtomic } from '../../system/files.ts';
import { objectIn } from '../../system/json.ts';
import { type Credential, credentialId } from '../credential.ts';
import type { SecretStore } from '../keep/store.ts';
import { configSecrets } from './config-secrets.ts';
import { importMark } from './detect.ts';
import { type LegacySecret, NO_STORE, usableStore } from './legacy-secret.ts';
import { oldSignIns, removeOldSignIns } from './old-sign-ins.ts';

/** What happened to one secret of the existing CLI. `waiting`: the next run tries again, without repeating the warning. */
type Outcome = 'copied' | 'left' | 'waiting';

export const REMOVE_COMMAND = 'codemie config remove-old-secrets';

/**
 * Copies the sign-ins and keys of the existing CLI to the credential store, each once, and reports it. The originals are not
 * changed, so you can go back to the existing CLI. Only commands that sign in or show who is signed in call this.
 */
export async function importLegacySecrets(context: Context): Promise<void> {
  const config = readIfPossible(context);
  if (config === undefined) return;
  const known = readMark(context.home);
  const found = [...oldSignIns(context), ...configSecrets(context, config)].filter(
    ({ item }) => known[item] === undefined || known[item] === 'waiting',
  );
  if (found.length === 0) return;
  const store = await usableStore(context);
  const copied: string[] = [];
  const left: string[] = [];
  const outcomes: Record<string, Outcome> = {};
  for (const former of found) {
    const { item, what, path } = former;
    const result = await copy(context, former, store);
    outcomes[item] = 'why' in result ? (result.passing ? 'waiting' : 'left') : 'copied';
    if (!('why' in result)) copied.push(`${result.what ?? what} (profile ${result.profiles.join(', ')})`);
    else if (known[item] === undefined) left.push(`Didn't copy ${what} in ${path}: ${result.why}.`);
  }
  for (const line of left) context.terminal.say(`warning: ${line}`);
  if (copied.length > 0)
    context.terminal.say(
      `Copied from the existing CodeMie CLI to your credential store (${store?.name}): ${copied.join('; ')}. Its own files were not changed, so you can still use it.`,
    );
  const paths = [...new Set(found.filter(({ item }) => known[item] === undefined).map(({ path }) => path))];
  if (paths.length > 0)
    context.terminal.say(
      `The originals are still readable in ${paths.join(', ')}. To remove them: ${REMOVE_COMMAND}`,
    );
  saveMark(context, { ...known, ...outcomes });
}

/** Removes the secrets of the existing CLI: its files, its keychain entries and those in the settings. */
export async function removeLegacySecrets(
  context: Context,
  config: Config | undefined,
): Promise<readonly string[]> {
  const removed = await removeOldSignIns(context, config);
  if (config === undefined || plainSecretsIn(config).length === 0) return removed;
  await updateConfig(context, (current) => ({ ...current, profiles: withoutSecrets(current) }));
  return [...removed, configPath(context.home)];
}

function withoutSecrets(config: Config): Record<string, Profile> {
  const profiles: Record<string, Profile> = { ...config.profiles };
  for (const { profile: name, kind } of plainSecretsIn(config)) {
    const profile = profiles[name];
    if (profile !== undefined) profiles[name] = withoutSecret(profile, kind);
  }
  return profiles;
}

/** Ignores unreadable settings: the command itself reports them, or repairs them. */
function readIfPossible(context: Context): Config | undefined {
  try {
    return readConfig(context.home);
  } catch (error) {
    context.log.debug('nothing was imported from the existing CLI', { reason: messageOf(error) });
    return undefined;
  }
}

type Result =
  | { readonly profiles: readonly string[]; readonly what: string | undefined }
  | { readonly why: string; readonly passing: boolean };

/** An unusable secret is skipped for good. If only storing it failed, the next run tries again (`passing`). */
async function copy(context: Context, former: LegacySecret, store: SecretStore | undefined): Promise<Result> {
  let credential: Credential | undefined;
  try {
    credential = await former.credential();
    return await keep(context, former, credential, store);
  } catch (error) {
    context.signal.throwIfAborted();
    return { why: messageOf(error).replace(/\.$/, ''), passing: credential !== undefined };
  }
}

/** Stores the credential and reads it back before a profile references it. Does not change a profile's sign-in method. */
async function keep(
  context: Context,
  former: LegacySecret,
  credential: Credential,
  store: SecretStore | undefined,
): Promise<Result> {
  const fits = (profile: Profile): boolean =>
    former.isFor(profile, credential) && isFree(profile, credential, store);
  const names = Object.values(readConfig(context.home).profiles).filter(fits);
  if (names.length === 0) return { why: former.reasonUnused(credential), passing: false };
  if (store === undefined) return { why: NO_STORE, passing: true };
  const id = credentialId(credential);
  const present = await store.get(id);
  if (present === undefined || present.obtainedAt < credential.obtainedAt) await store.set(id, credential);
  if ((await store.get(id)) === undefined) return { why: `${store.name} didn't save it`, passing: true };
  await updateConfig(context, (current) => {
    const pointed = Object.values(current.profiles)
      .filter(fits)
      .map((profile) => [profile.name, { ...profile, credential: { store: store.name, id } }]);
    return { ...current, profiles: { ...current.profiles, ...Object.fromEntries(pointed) } };
  });
  return { profiles: names.map(({ name }) => name), what: former.named?.(credential) };
}

/** @returns whether the profile has no sign-in yet, or this one. The existing CLI may hold it twice; the newer copy counts. */
function isFree({ credential }: Profile, found: Credential, store: SecretStore | undefined): boolean {
  return (
    credential === undefined || (credential.id === credentialId(found) && credential.store === store?.name)
  );
}

function readMark(home: string): Readonly<Record<string, Outcome>> {
  const items = objectIn(readTextIfAny(importMark(home)) ?? '')?.['items'];
  return typeof items === 'object' && items !== null ? (items as Record<string, Outcome>) : {};
}

/** If this fails, e.g. in a read-only home, the next run only repeats its messages. */
function saveMark(context: Context, items: Readonly<Record<string, Outcome>>): void {
  try {
    writeFileAtomic(importMark(context.home), `${JSON.stringify({ version: 1, items }, undefined, 2)}\n`);
  } catch (error) {
    context.log.debug('the record of imported secrets could not be saved', { reason: messageOf(error) });
  }
}
