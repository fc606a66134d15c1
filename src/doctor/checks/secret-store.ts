import { profileOption } from '../../config/sign-in-again.ts';
import { openStore } from '../../credentials/keep/open-store.ts';
import { storeName } from '../../secrets/open.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Check, failure, ok, warn } from '../check.ts';

/** The configured secret store: writes, reads and deletes a random entry. */
export const secretStore: Check = {
  id: 'secret-store',
  title: 'Credential store',
  after: ['home', 'config'],
  run: async (patient) => {
    const { profile } = patient.selection();
    const name = storeName(profile?.credential?.store ?? 'keychain');
    const needed = profile?.credential !== undefined;
    try {
      const store = await openStore(name, patient.context);
      // A wrong passphrase is an error here, not a new one to choose.
      if (profile?.credential !== undefined) await store.notes.read(profile.credential.id);
      await store.verify();
    } catch (error) {
      if (!(error instanceof CodemieError)) throw error;
      const finding = failure(error);
      // No store is needed when tokens come from the environment.
      return needed ? finding : { ...finding, status: 'warn', advice: finding.advice?.slice(0, 1) ?? [] };
    }
    if (name === 'plaintext-file') {
      return warn('Your sign-in is stored unencrypted in a file (plaintext-file).', {
        fix: `codemie profile move --to keychain${profileOption(patient.selection())}`,
      });
    }
    return ok(`${name} works`);
  },
};
