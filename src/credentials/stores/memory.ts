import { deserialize, serialize } from '../serialize.ts';
import type { SecretStore } from '../store.ts';

const entries = new Map<string, string>();

/** Keeps credentials while the process lives. */
export async function openMemory(): Promise<SecretStore> {
  return {
    name: 'memory',
    verify: async () => undefined,
    get: async (id) => {
      const text = entries.get(id);
      return text === undefined ? undefined : deserialize(text, 'memory');
    },
    set: async (id, credential) => void entries.set(id, serialize(credential)),
    delete: async (id) => entries.delete(id),
  };
}
