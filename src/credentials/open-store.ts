import type { Context } from '../context.ts';
import { CodemieError } from '../system/errors.ts';
import { STORE_NAMES, type StoreName } from './credential.ts';
import type { SecretStore } from './store.ts';

/** Each store loads only when it is used. */
const STORES: Readonly<Record<StoreName, (context: Context) => Promise<SecretStore>>> = {
  keychain: async (context) => (await import('./stores/keychain.ts')).openKeychain(context),
  'encrypted-file': async (context) =>
    (await import('./stores/encrypted-file.ts')).openEncryptedFile(context),
  'plaintext-file': async (context) =>
    (await import('./stores/plaintext-file.ts')).openPlaintextFile(context),
  memory: async () => (await import('./stores/memory.ts')).openMemory(),
};

/** One store per context, so that a passphrase is asked for once. */
const opened = new WeakMap<Context, Map<StoreName, Promise<SecretStore>>>();

/** @returns the store of a name; nothing is verified or written yet. */
export function openStore(name: StoreName, context: Context): Promise<SecretStore> {
  const own = opened.get(context) ?? new Map<StoreName, Promise<SecretStore>>();
  opened.set(context, own);
  const store = own.get(name) ?? STORES[name](context);
  own.set(name, store);
  return store;
}

/** @throws CONFIG_INVALID for a store this program does not know. */
export function storeName(text: string): StoreName {
  const name = STORE_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  throw new CodemieError({
    code: 'CONFIG_INVALID',
    message: `"${text}" is no secret store (there are: ${STORE_NAMES.join(', ')}).`,
    hint: 'codemie profile login --store keychain',
    exit: 'config',
  });
}
