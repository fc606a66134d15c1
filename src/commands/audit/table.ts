import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const AUDIT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['audit', 'show'],
    summary: 'show what happened to credentials on this machine',
    description:
      'Sign-ins, renewals, sign-outs, moves between stores, agents started and ended, models denied. No secret and no prompt is recorded.',
    options: [
      { name: 'since', value: 'duration', summary: 'only the last 24h, 30m …' },
      { name: 'limit', value: 'number', summary: 'at most so many, the newest', default: '100' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie audit show --since 24h', does: 'the last day' },
      { command: "codemie audit show --json | jq '.entries[].event'", does: 'for scripts' },
    ],
    load: () => import('./show.ts'),
  },
  {
    path: ['audit', 'verify'],
    summary: 'check that the audit log is whole and unchanged',
    options: [JSON_OPTION],
    examples: [
      {
        command: 'codemie audit verify',
        does: 'exit 0 when it is, 10 when something was changed or removed',
      },
      { command: 'codemie audit verify --json | jq .problems', does: 'what does not fit' },
    ],
    load: () => import('./verify.ts'),
  },
];
