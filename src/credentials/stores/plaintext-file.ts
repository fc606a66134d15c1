import type { Context } from '../../context.ts';
import { damaged, deserialize, serialize } from '../serialize.ts';
import type { SecretStore } from '../store.ts';
import { credentialFile, probeFile } from './file.ts';

export const PLAINTEXT_WARNING =
  'The credential rests unencrypted in a file that any program of yours can read (plaintext-file).';

/** A file only its owner may read, nothing more. Chosen by name and never a fallback (S21). */
export async function openPlaintextFile(context: Context): Promise<SecretStore> {
  const file = (id: string) => credentialFile(context.home, id, 'json');
  return {
    name: 'plaintext-file',
    verify: async () => {
      const probe = probeFile(context.home);
      probe.write('probe');
      const back = probe.read();
      probe.remove();
      if (back !== 'probe') throw damaged(probe.path);
    },
    get: async (id) => {
      const target = file(id);
      const text = target.read();
      return text === undefined ? undefined : deserialize(text, target.path);
    },
    set: async (id, credential) => file(id).write(`${serialize(credential)}\n`),
    delete: async (id) => file(id).remove(),
  };
}
