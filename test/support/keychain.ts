import type { KeychainModule } from '../../src/system/process/keychain-child.ts';

/** A keychain in memory. */
export function memoryKeychain(entries = new Map<string, string>()): KeychainModule {
  return {
    getPassword: async (_service, account) => entries.get(account) ?? null,
    setPassword: async (_service, account, text) => void entries.set(account, text),
    deletePassword: async (_service, account) => entries.delete(account),
  };
}
