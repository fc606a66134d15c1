import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const CONFIG_COMMANDS: readonly CommandSpec[] = [
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
