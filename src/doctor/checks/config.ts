import { statSync } from 'node:fs';
import { configPath, readConfig } from '../../config/file.ts';
import { resolveSetting } from '../../config/layers/merge.ts';
import { plainSecretsIn } from '../../config/plain-secrets.ts';
import { originOfProfile } from '../../config/selection.ts';
import { shellWord } from '../../config/sign-in-again.ts';
import { unsupportedProvider } from '../../credentials/errors.ts';
import { type Check, fail, failure, ok, warn } from '../check.ts';

/** The configuration file and the effective settings. */
export const config: Check = {
  id: 'config',
  title: 'Configuration',
  run: async (patient) => {
    const { home, platform } = patient.context;
    const settings = readConfig(home);
    const { profiles } = settings;
    const selection = patient.selection();
    const path = configPath(home);
    const count = Object.keys(profiles).length;
    if (selection.unsupported !== undefined)
      return failure(unsupportedProvider(selection.unsupported, selection));
    if (selection.origin === undefined) {
      const provider = resolveSetting('provider', selection.layers);
      if (
        provider?.source === 'environment' &&
        originOfProfile(profiles[selection.profileName]) !== undefined
      )
        return fail(
          `${provider.sourceName} names the provider ${provider.value}, so the URL of profile "${selection.profileName}" isn't used.`,
          { fix: `unset ${provider.sourceName}` },
        );
      return fail(
        count === 0 ? 'Nothing is set up yet.' : `Profile "${selection.profileName}" has no CodeMie URL.`,
        { fix: 'codemie setup' },
      );
    }
    const [secret] = plainSecretsIn(settings);
    if (secret !== undefined)
      return warn(
        `Profile "${secret.profile}" holds an unencrypted secret in ${path}. The next command that uses it moves it to the credential store.`,
        { fix: 'codemie profile status' },
      );
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      return warn(`${path} can be read by other users of this computer.`, {
        fix: `chmod 600 ${shellWord(path)}`,
      });
    }
    if (selection.notices.length > 0)
      return warn(selection.notices.join(' '), {
        fix: 'codemie config trust',
        hint: 'Only if you trust this folder: its settings say where your sign-in is sent.',
      });
    const which =
      count === 0
        ? 'no profile'
        : `profile "${selection.profileName}" ${count === 1 ? '(only profile)' : `(of ${count})`}`;
    return ok(`${which}, ${selection.origin}`);
  },
};
