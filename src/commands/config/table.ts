import { type CommandSpec, JSON_OPTION, PROFILE_OPTION } from '../spec.ts';

export const CONFIG_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['config', 'list'],
    summary: 'List global settings',
    description:
      'Lists the settings that belong to no profile. With --show-sources it lists every setting in force in this folder and the option, variable or file that sets it. Secrets are never shown.',
    options: [
      { name: 'show-sources', summary: 'list every setting in force and what sets it' },
      PROFILE_OPTION,
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie config list', does: 'show names, values and descriptions' },
      { command: 'codemie config list --show-sources', does: 'see why a command uses this URL or model' },
      { command: 'codemie config list --json | jq .settings', does: 'read them in a script' },
    ],
    load: () => import('./list.ts'),
  },
  {
    path: ['config', 'set'],
    summary: 'Change a global setting',
    args: [
      { name: 'name', summary: 'setting name, such as ca-file' },
      { name: 'value', summary: 'new value' },
    ],
    options: [JSON_OPTION],
    examples: [
      {
        command: 'codemie config set ca-file company-ca.pem',
        does: "also trust your company's certificates",
      },
      { command: 'codemie config unset ca-file', does: 'trust only the default certificates again' },
    ],
    load: () => import('./set.ts'),
  },
  {
    path: ['config', 'unset'],
    summary: 'Reset a setting to its default',
    args: [{ name: 'name', summary: 'setting name' }],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie config unset ca-file', does: 'trust only the default certificates' },
      { command: 'codemie config list', does: 'show the current settings' },
    ],
    load: () => import('./set.ts'),
  },
  {
    path: ['config', 'trust'],
    summary: "Trust this folder's settings",
    description:
      'A repository can bring settings (.codemie/codemie-cli.config.json, CODEMIE_ lines in .env). They can always choose a model and a project. A URL, provider or issuer applies only after you trust the folder, and you are asked again if these files change.',
    args: [{ name: 'folder', summary: 'folder to use (default: current folder)', optional: true }],
    options: [{ name: 'yes', short: 'y', summary: 'skip confirmation' }, JSON_OPTION],
    examples: [
      { command: 'codemie config trust', does: 'review the settings, then trust them' },
      { command: 'codemie config untrust', does: 'stop trusting them' },
    ],
    load: () => import('./trust.ts'),
  },
  {
    path: ['config', 'untrust'],
    summary: "Stop trusting this folder's settings",
    args: [{ name: 'folder', summary: 'folder to use (default: current folder)', optional: true }],
    options: [JSON_OPTION],
    examples: [
      { command: 'codemie config untrust', does: 'stop trusting the current folder' },
      { command: 'codemie config untrust ~/work/repo', does: 'stop trusting another folder' },
    ],
    load: () => import('./untrust.ts'),
  },
  {
    path: ['config', 'remove-old-secrets'],
    summary: 'Remove the unencrypted sign-ins and keys of the previous CodeMie CLI',
    description:
      "Removes the previous CLI's files, its keychain entries, and the keys it wrote to the settings. You stay signed in.",
    options: [{ name: 'yes', short: 'y', summary: 'skip confirmation' }, JSON_OPTION],
    examples: [
      { command: 'codemie config remove-old-secrets', does: 'remove them after confirmation' },
      { command: 'codemie config remove-old-secrets --yes', does: 'remove them without confirmation' },
    ],
    load: () => import('./remove-old-secrets.ts'),
  },
  {
    path: ['config', 'reset'],
    summary: 'Sign out of all profiles and delete all settings',
    description:
      'Signs out of all profiles, deletes every stored sign-in, and resets the settings. A backup of the settings file is kept in the same folder.',
    options: [{ name: 'yes', short: 'y', summary: 'skip confirmation' }, JSON_OPTION],
    examples: [
      { command: 'codemie config reset', does: 'reset after confirmation' },
      { command: 'codemie config reset --yes && codemie setup', does: 'start over without confirmation' },
    ],
    load: () => import('./reset.ts'),
  },
];
