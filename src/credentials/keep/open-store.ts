import type { Context } from '../../context.ts';
import { openTexts } from '../../secrets/open.ts';
import type { StoreName, TextStore } from '../../secrets/store.ts';
import { deserialize, serialize } from './serialize.ts';
import type { SecretStore } from './store.ts';

/** One store per context, so that you enter a passphrase only once. */
const opened = new WeakMap<Context, Map<StoreName, Promise<SecretStore>>>();

/** @returns the store with this name. Does not verify it or write to it. */
export function openStore(name: StoreName, context: Context): Promise<SecretStore> {
  const own = opened.get(context) ?? new Map<StoreName, Promise<SecretStore>>();
  opened.set(context, own);
  const store = own.get(name) ?? openTexts(name, context).then(forCredentials);
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
