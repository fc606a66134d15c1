import { statSync } from 'node:fs';
import { configPath, readConfig } from '../../config/file.ts';
import { type Check, fail, ok, warn } from '../check.ts';

/** The configuration file and the settings it leads to. */
export const config: Check = {
  id: 'config',
  title: 'Configuration',
  run: async (patient) => {
    const { home, platform } = patient.context;
    const { profiles } = readConfig(home);
    const selection = patient.selection();
    const path = configPath(home);
    const count = Object.keys(profiles).length;
    if (selection.origin === undefined) {
      return fail(
        count === 0 ? 'Nothing is set up yet.' : `Profile "${selection.profileName}" has no address.`,
        'codemie setup',
      );
    }
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      return warn(`${path} can be read by others on this machine.`, `chmod 600 ${path}`);
    }
    const secret = Object.values(profiles).find(
      (profile) =>
        typeof (profile as { apiKey?: unknown }).apiKey === 'string' &&
        (profile as { apiKey?: unknown }).apiKey !== 'sso-provided',
    );
    if (secret !== undefined)
      return warn(
        `Profile "${secret.name}" holds a key in plain text in ${path}.`,
        'Remove "apiKey" from it and sign in again',
      );
    return ok(`profile "${selection.profileName}" of ${count}, platform ${selection.origin}`);
  },
};
