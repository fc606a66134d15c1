import type { TextStore } from '../store.ts';

const entries = new Map<string, string>();

/** Keeps credentials while the process lives. */
export async function openMemory(): Promise<TextStore> {
  return {
    name: 'memory',
    where: () => 'memory',
    verify: async () => undefined,
    read: async (id) => entries.get(id),
    write: async (id, text) => void entries.set(id, text),
    remove: async (id) => entries.delete(id),
  };
}
