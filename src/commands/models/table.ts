import { type CommandSpec, JSON_OPTION, PROFILE_OPTION } from '../spec.ts';

export const MODELS_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['models'],
    summary: 'List the models you can use',
    options: [PROFILE_OPTION, JSON_OPTION],
    examples: [
      { command: 'codemie models', does: 'show names, providers and tiers' },
      { command: "codemie models --json | jq -r '.models[].id'", does: 'print the names only' },
    ],
    load: () => import('./models.ts'),
  },
];
