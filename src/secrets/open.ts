import type { Context } from '../context.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { STORE_NAMES, type StoreName, type TextStore } from './store.ts';

/** Each store is loaded on first use. */
const STORES: Readonly<Record<StoreName, (context: Context) => Promise<TextStore>>> = {
  keychain: async (context) => (await import('./keychain.ts')).openKeychain(context),
  'encrypted-file': async (context) => (await import('./encrypted-file.ts')).openEncryptedFile(context),
  'plaintext-file': async (context) => (await import('./plaintext-file.ts')).openPlaintextFile(context),
};

/** @returns the store with this name; nothing is verified or written yet. */
export function openTexts(name: StoreName, context: Context): Promise<TextStore> {
  return STORES[name](context);
}

/** @throws CONFIG_INVALID if there is no store with this name. */
export function storeName(text: string): StoreName {
  const name = STORE_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  throw new CodemieError({
    code: 'CONFIG_INVALID',
    message: `Unknown credential store "${text}". Use one of: ${STORE_NAMES.join(', ')}.`,
    fix: `${SIGN_IN} --store keychain`,
  });
}
