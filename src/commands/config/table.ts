import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const CONFIG_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['config', 'list'],
    summary: 'show the settings that belong to no profile',
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie config list', does: 'names, values and meanings' },
      { command: 'codemie config list --json | jq .settings', does: 'the same for scripts' },
    ],
    load: () => import('./list.ts'),
  },
  {
    path: ['config', 'set'],
    summary: 'change a setting that belongs to no profile',
    args: [
      { name: 'name', summary: 'the setting, e.g. ca-file' },
      { name: 'value', summary: 'its value' },
    ],
    options: [JSON_OPTION],
    examples: [
      {
        command: 'codemie config set ca-file company-ca.pem',
        does: 'trust your company’s certificates, too',
      },
      { command: 'codemie config unset ca-file', does: 'trust the default roots alone again' },
    ],
    load: () => import('./set.ts'),
  },
  {
    path: ['config', 'unset'],
    summary: 'put a setting back to its default',
    args: [{ name: 'name', summary: 'the setting' }],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie config unset ca-file', does: 'trust the default roots alone' },
      { command: 'codemie config list', does: 'see what is set' },
    ],
    load: () => import('./set.ts'),
  },
  {
    path: ['config', 'trust'],
    summary: 'let the settings of a working folder say where a credential goes',
    description:
      'Settings that came with a repository (.codemie/codemie-cli.config.json, CODEMIE_ lines of .env) may choose a model and a project by themselves. An address, provider or issuer of theirs counts only after this; a change of the files asks again.',
    args: [{ name: 'folder', summary: 'the folder (default: here)', optional: true }],
    options: [{ name: 'yes', short: 'y', summary: 'do not ask' }, JSON_OPTION],
    examples: [
      { command: 'codemie config trust', does: 'show what they say, ask, and trust them' },
      { command: 'codemie config untrust', does: 'take it back' },
    ],
    load: () => import('./trust.ts'),
  },
  {
    path: ['config', 'untrust'],
    summary: 'no longer trust the settings of a working folder',
    args: [{ name: 'folder', summary: 'the folder (default: here)', optional: true }],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie config untrust', does: 'the folder you are in' },
      { command: 'codemie config untrust ~/work/repo', does: 'another one' },
    ],
    load: () => import('./untrust.ts'),
  },
  {
    path: ['config', 'remove-old-secrets'],
    summary: 'remove the sign-ins and keys that the existing CLI keeps readable on this machine',
    description:
      'Removes its files, its keychain entries, and the keys it wrote into the settings. You stay signed in here.',
    options: [{ name: 'yes', short: 'y', summary: 'do not ask' }, JSON_OPTION],
    examples: [
      { command: 'codemie config remove-old-secrets', does: 'ask, then remove them' },
      { command: 'codemie config remove-old-secrets --yes', does: 'without a question' },
    ],
    load: () => import('./remove-old-secrets.ts'),
  },
  {
    path: ['config', 'reset'],
    summary: 'sign out everywhere and start from nothing',
    description:
      'Signs out of every profile, removes every credential, and moves the settings away; the old file stays beside it as a backup.',
    options: [{ name: 'yes', short: 'y', summary: 'do not ask' }, JSON_OPTION],
    examples: [
      { command: 'codemie config reset', does: 'ask, then reset' },
      { command: 'codemie config reset --yes && codemie setup', does: 'start again without a question' },
    ],
    load: () => import('./reset.ts'),
  },
];
