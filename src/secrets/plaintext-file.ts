import type { Context } from '../context.ts';
import { damaged } from './errors.ts';
import { credentialFile, probeFile } from './private-file.ts';
import type { TextStore } from './store.ts';

export const PLAINTEXT_WARNING =
  'Your sign-in is stored unencrypted; any program running as you can read it (plaintext-file).';

/** A file that only its owner may read. Used only if chosen by name, never as a fallback (S21). */
export async function openPlaintextFile(context: Context): Promise<TextStore> {
  const file = (id: string) => credentialFile(context.home, id, 'json');
  return {
    name: 'plaintext-file',
    where: (id) => file(id).path,
    verify: async () => {
      const probe = probeFile(context.home);
      probe.write('probe');
      const back = probe.read();
      probe.remove();
      if (back !== 'probe') throw damaged(probe.path);
    },
    read: async (id) => file(id).read(),
    write: async (id, text) => file(id).write(`${text}\n`),
    remove: async (id) => file(id).remove(),
  };
}
