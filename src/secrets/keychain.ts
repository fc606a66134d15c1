import type { Context } from '../context.ts';
import { randomHex } from '../system/digest.ts';
import { hasDisplay } from '../system/has-display.ts';
import type { KeychainModule } from '../system/process/keychain-child.ts';
import { storeLocked, storeTimeout } from './errors.ts';
import { explainFailure, notLoaded, unlockAdvice } from './keychain-words.ts';
import type { TextStore } from './store.ts';

const SERVICE = 'codemie';
const LIMIT_MS = 3000;
/** A person who reads the keychain's dialog and types a password. */
const DIALOG_LIMIT_MS = 120_000;
const DIALOG_NOTICE_MS = 1000;
/** Windows allows at most 2,560 bytes per entry; a character takes at most four, in UTF-8 and in UTF-16. */
const CHUNKS = /[\s\S]{1,640}/gu;

/**
 * Chunk names: two generations alternate. A write fills the generation that is not current, so after a crash the old
 * value is complete until the head names the new one. Chunks are written in ascending and removed in descending
 * order, so a generation always is 0..n without a gap and can be found by probing, even after a crash. A keychain
 * cannot be listed, so chunks left by a crash (at most one generation) stay until the next write or removal of the
 * same entry.
 */
type Generation = 'a' | 'b';
const chunkName = (id: string, generation: Generation, i: number): string => `${id}~${generation}${i}`;

interface Head {
  readonly generation: Generation;
  readonly count: number;
}

function headOf(text: string | undefined): Head | undefined {
  const [, generation, count] = /^chunks:([ab]):(\d{1,3})$/.exec(text ?? '') ?? [];
  return generation === undefined
    ? undefined
    : { generation: generation as Generation, count: Number(count) };
}

/**
 * The operating system's keychain. A locked collection reports every entry as absent, also on removal, so an absent
 * entry is only trusted after a successful write.
 */
export async function openKeychain(context: Context): Promise<TextStore> {
  const { get, set, remove: drop } = await keychainEntries(context, SERVICE);
  const splits = context.platform === 'win32';
  const clear = async (id: string, generation: Generation): Promise<void> => {
    let count = 0;
    while ((await get(chunkName(id, generation, count))) !== undefined) count += 1;
    while (count > 0) {
      count -= 1;
      await drop(chunkName(id, generation, count));
    }
  };
  const read = async (id: string): Promise<string | undefined> => {
    const text = await get(id);
    const head = headOf(text);
    if (head === undefined) return text;
    const chunks: string[] = [];
    for (let i = 0; i < head.count; i += 1) {
      const chunk = await get(chunkName(id, head.generation, i));
      // Another process replaced it during the read: the head now names the other generation.
      if (chunk === undefined && (await get(id)) !== text) return read(id);
      chunks.push(chunk ?? '');
    }
    return chunks.join('');
  };
  const discard = async (id: string): Promise<boolean> => {
    const had = await drop(id);
    if (splits) {
      await clear(id, 'a');
      await clear(id, 'b');
    }
    return had;
  };
  const write = async (id: string, text: string): Promise<void> => {
    if (!splits) return set(id, text);
    const old = headOf(await get(id));
    const next = old?.generation === 'a' ? 'b' : 'a';
    await clear(id, next);
    const chunks = text.match(CHUNKS) ?? [];
    if (chunks.length < 2) await set(id, text);
    else {
      for (const [i, chunk] of chunks.entries()) await set(chunkName(id, next, i), chunk);
      await set(id, `chunks:${next}:${chunks.length}`);
    }
    await clear(id, next === 'a' ? 'b' : 'a');
  };
  const verify = async (): Promise<void> => {
    const id = `probe-${randomHex(8)}`;
    const value = randomHex(16);
    await write(id, value);
    const back = await read(id);
    await discard(id);
    if (back !== value) throw storeLocked(unlockAdvice(context.platform));
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
    remove: async (id) => {
      const had = await discard(id);
      if (!had) await verify();
      return had;
    },
  };
}

export interface KeychainEntries {
  get(account: string): Promise<string | undefined>;
  set(account: string, text: string): Promise<void>;
  /** @returns whether there was an entry. */
  remove(account: string): Promise<boolean>;
}

/** The entries of one service. Each call has a time limit and reports failures as typed errors. */
export async function keychainEntries(context: Context, service: string): Promise<KeychainEntries> {
  const keychain = await load(context);
  return {
    get: async (account) => (await withLimit(keychain.getPassword(service, account), context)) ?? undefined,
    set: (account, text) => withLimit(keychain.setPassword(service, account, text), context),
    remove: (account) => withLimit(keychain.deletePassword(service, account), context),
  };
}

async function load(context: Context): Promise<KeychainModule> {
  try {
    return await context.loadKeychain();
  } catch (cause) {
    throw notLoaded(cause);
  }
}

async function withLimit<T>(work: Promise<T>, context: Context): Promise<T> {
  const { env, platform, terminal } = context;
  const canShowDialog = terminal.interactive && (platform !== 'linux' || hasDisplay(env));
  const limitMs = canShowDialog ? DIALOG_LIMIT_MS : LIMIT_MS;
  const notice = canShowDialog
    ? setTimeout(
        () => terminal.say('Your keychain asks for your permission. Answer its dialog.'),
        DIALOG_NOTICE_MS,
      )
    : undefined;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(storeTimeout(limitMs / 1000)), limitMs);
  });
  try {
    return await Promise.race([
      work.catch((error: unknown) => Promise.reject(explainFailure(error, platform))),
      limit,
    ]);
  } finally {
    clearTimeout(notice);
    clearTimeout(timer);
  }
}
