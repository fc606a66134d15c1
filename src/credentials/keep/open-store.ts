import type { Context } from '../../context.ts';
import { CodemieError, SIGN_IN } from '../../system/errors.ts';
import { STORE_NAMES, type StoreName } from '../credential.ts';
import { deserialize, serialize } from './serialize.ts';
import type { SecretStore, TextStore } from './store.ts';

/** Each store loads only when it is used. */
const STORES: Readonly<Record<StoreName, (context: Context) => Promise<TextStore>>> = {
  keychain: async (context) => (await import('../../secrets/keychain.ts')).openKeychain(context),
  'encrypted-file': async (context) =>
    (await import('../../secrets/encrypted-file.ts')).openEncryptedFile(context),
  'plaintext-file': async (context) =>
    (await import('../../secrets/plaintext-file.ts')).openPlaintextFile(context),
};

/** One store per context, so that a passphrase is asked for once. */
const opened = new WeakMap<Context, Map<StoreName, Promise<SecretStore>>>();

/** @returns the store of a name; nothing is verified or written yet. */
export function openStore(name: StoreName, context: Context): Promise<SecretStore> {
  const own = opened.get(context) ?? new Map<StoreName, Promise<SecretStore>>();
  opened.set(context, own);
  const store = own.get(name) ?? STORES[name](context).then(forCredentials);
  own.set(name, store);
  return store;
}

function forCredentials(place: TextStore): SecretStore {
  return {
    name: place.name,
    verify: place.verify,
    get: async (id) => {
      const text = await place.read(id);
      return text === undefined ? undefined : deserialize(text, place.where(id));
    },
    set: (id, credential) => place.write(id, serialize(credential)),
    delete: place.remove,
    notes: place,
  };
}

/** @throws CONFIG_INVALID for a store this program does not know. */
export function storeName(text: string): StoreName {
  const name = STORE_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  throw new CodemieError({
    code: 'CONFIG_INVALID',
    message: `"${text}" is not a secret store (there are: ${STORE_NAMES.join(', ')}).`,
    hint: `${SIGN_IN} --store keychain`,
    exit: 'config',
  });
}
