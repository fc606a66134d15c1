import { randomBytes } from 'node:crypto';
import type { Context, KeychainModule } from '../../context.ts';
import { messageOf } from '../../system/errors.ts';
import type { TextStore } from '../store.ts';
import { storeLocked, storeTimeout, storeUnavailable } from './errors.ts';

const SERVICE = 'codemie';
const LIMIT_MS = 3000;
/** Windows stores at most 2,560 bytes in one entry, in UTF-16. */
const CHUNK = 1200;

/**
 * The operating system's keychain. A locked collection reads as "absent", so an absent entry is only believed after a
 * write has succeeded.
 */
export async function openKeychain(context: Context): Promise<TextStore> {
  const keychain = await load(context);
  const limit = <T>(work: Promise<T>): Promise<T> => withLimit(work, context);
  const read = async (id: string): Promise<string | undefined> => {
    const text = (await limit(keychain.getPassword(SERVICE, id))) ?? undefined;
    const parts = /^chunks:(\d{1,3})$/.exec(text ?? '')?.[1];
    if (parts === undefined) return text;
    const chunks = [];
    for (let i = 0; i < Number(parts); i += 1)
      chunks.push((await limit(keychain.getPassword(SERVICE, `${id}~${i}`))) ?? '');
    return chunks.join('');
  };
  const remove = async (id: string): Promise<boolean> => {
    const text = (await limit(keychain.getPassword(SERVICE, id))) ?? '';
    const parts = Number(/^chunks:(\d{1,3})$/.exec(text)?.[1] ?? 0);
    const had = await limit(keychain.deletePassword(SERVICE, id));
    for (let i = 0; i < parts; i += 1) await limit(keychain.deletePassword(SERVICE, `${id}~${i}`));
    return had;
  };
  const write = async (id: string, text: string): Promise<void> => {
    if (context.platform !== 'win32' || text.length <= CHUNK)
      return limit(keychain.setPassword(SERVICE, id, text));
    const chunks = text.match(new RegExp(`[\\s\\S]{1,${CHUNK}}`, 'g')) ?? [];
    // The head is written last: until then a reader still finds the old credential.
    for (const [i, chunk] of chunks.entries())
      await limit(keychain.setPassword(SERVICE, `${id}~${i}`, chunk));
    await limit(keychain.setPassword(SERVICE, id, `chunks:${chunks.length}`));
  };
  const verify = async (): Promise<void> => {
    const id = `probe-${randomBytes(8).toString('hex')}`;
    const value = randomBytes(16).toString('hex');
    await write(id, value);
    const back = await read(id);
    await remove(id);
    if (back !== value) throw storeLocked(unlockHint(context.platform));
  };
  return {
    name: 'keychain',
    where: () => 'the keychain',
    verify,
    read: async (id) => {
      const text = await read(id);
      if (text === undefined) await verify();
      return text;
    },
    write,
    remove,
  };
}

async function load(context: Context): Promise<KeychainModule> {
  try {
    return await context.loadKeychain();
  } catch (cause) {
    const library = /libsecret/.test(messageOf(cause));
    throw library
      ? storeUnavailable(
          'the library libsecret is not installed',
          'apt-get install libsecret-1-0 gnome-keyring',
          cause,
        )
      : storeUnavailable(
          'its module is not installed for this system',
          'npm install -g codemie --include=optional, or use --store encrypted-file',
          cause,
        );
  }
}

async function withLimit<T>(work: Promise<T>, context: Context): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(storeTimeout(LIMIT_MS / 1000)), LIMIT_MS);
  });
  try {
    return await Promise.race([
      work.catch((error: unknown) => Promise.reject(explain(error, context.platform))),
      limit,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** The keychains' own words, as the state they mean. */
function explain(error: unknown, platform: NodeJS.Platform): unknown {
  const text = messageOf(error);
  if (/-25308|interaction is not allowed|locked|prompt.*dismissed|dismissed/i.test(text)) {
    return storeLocked(unlockHint(platform), error);
  }
  if (/dbus|d-bus|DBUS|autolaunch|session bus/.test(text)) {
    return storeUnavailable(
      'there is no D-Bus session here',
      'Run inside a desktop session or under dbus-run-session, or use --store encrypted-file',
      error,
    );
  }
  if (/org\.freedesktop\.secrets|ServiceUnknown|not provided by any/.test(text)) {
    return storeUnavailable(
      'no keyring service answers on this session bus',
      'Start one: gnome-keyring-daemon --unlock --components=secrets',
      error,
    );
  }
  return storeUnavailable(`it answered "${text.slice(0, 200)}"`, 'codemie doctor', error);
}

function unlockHint(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'security unlock-keychain';
  return 'Unlock the login keyring: log in to the desktop once, or run gnome-keyring-daemon --unlock';
}
